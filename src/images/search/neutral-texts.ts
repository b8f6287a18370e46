/**
 * Everyday things, in no order: what pictures may show that a query does not ask for. A query is compared with their mean, and
 * the similarities of pictures to them tell how far chance goes.
 */
export const NEUTRAL_TEXTS: readonly string[] = `
apple, armchair, arrow, avocado, axe, backpack, balcony, balloon, banana, barn, barrel, basket, bathtub, battery, beard, bed, bee,
bell, belt, bench, bicycle, blanket, blender, book, boot, bottle, bowl, box, bracelet, bread, brick wall, bridge, broom, bucket,
bus, butterfly, button, cabinet, cactus, cake, camera, candle, canoe, car, cardboard, carpet, carrot, castle, cat, ceiling, chair, cheese,
church, clock, cloud, coat, coffee, coin, computer, cow, crane, crowd, cup, curtain, desert, desk, dog, door, drawing, dress, drum,
duck, egg, elephant, engine, envelope, eye, face, factory, fan, farm, feather, fence, field, fire, fish, flag, flower, fog, food, forest,
fork, fountain, frog, fruit, garden, gate, glass, glove, grass, guitar, hammer, hand, harbour, hat, helicopter, highway, hill, horse,
hospital, house, ice, insect, island, jacket, jar, kettle, key, keyboard, kitchen, knife, ladder, lake, lamp, leaf, lemon,
letter, library, lighthouse, logo, machine, map, market, mask, meadow, meat, medicine, microphone, mirror, moon, motorcycle,
mountain, mouse, mushroom, needle, newspaper, night sky, ocean, office, onion, painting, paper, park, pattern, pen, people, piano, pillow, pizza,
plane, plant, plastic bag, plate, playground, portrait, poster, pumpkin, puppet, purse, rain, restaurant, ring, river, road, robot, rock,
roof, room, rope, rug, sand, sandwich, school, scissors, screen, sculpture, sea, shadow, sheep, shelf, ship, shirt, shoe, shop,
sign, sink, skyscraper, smoke, snake, snow, soap, sofa, soup, spider, spoon, stadium, stairs, star, station, statue, stone, street, suitcase,
sunset, sword, table, tea, telephone, television, tent, texture, theatre, ticket, tie, tool, tower, toy, train, tree, truck, trumpet, tunnel,
umbrella, uniform, vase, vegetable, wall, watch, waterfall, wheel, window, wine, wood`
  .trim()
  .split(/,\s*/);
