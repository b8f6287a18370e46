/** What everyday photos show, to name clusters by where no words are given. */
export const EVERYDAY_WORDS: readonly string[] = (
  "person,baby,child,crowd,family,portrait,wedding,birthday party,concert,meeting,dance,hug,face,hands,feet," +
  "dog,cat,horse,cow,sheep,pig,goat,rabbit,mouse,bird,duck,chicken,eagle,owl,parrot,penguin,fish,shark,whale,dolphin,turtle," +
  "snake,lizard,frog,insect,butterfly,bee,spider,snail,elephant,lion,tiger,bear,wolf,fox,deer,monkey,giraffe,zebra,camel,kangaroo," +
  "flower,rose,sunflower,tree,leaf,grass,forest,mushroom,cactus,garden,field,farm," +
  "beach,sea,wave,lake,river,waterfall,mountain,hill,desert,island,cave,snow,ice,rain,fog,cloud,sky,sunset,sunrise,night,stars,moon,lightning,fire,rainbow," +
  "city,street,road,bridge,building,skyscraper,house,cottage,castle,church,temple,tower,lighthouse,monument,ruin,market,shop,office,school,hospital,factory,station,airport,harbour,park,playground,stadium,museum,library," +
  "kitchen,bathroom,bedroom,living room,stairs,door,window,roof,wall,floor,ceiling," +
  "car,bus,truck,van,train,tram,bicycle,motorcycle,airplane,helicopter,boat,ship,sailboat,tractor,rocket,balloon," +
  "bread,cake,pizza,pasta,rice,soup,salad,meat,sandwich,burger,cheese,egg,fruit,apple,banana,orange,lemon,grapes,strawberry,vegetable,tomato,potato,carrot,ice cream,chocolate,coffee,tea,wine,beer,breakfast,dinner,picnic,barbecue," +
  "table,chair,sofa,bed,lamp,mirror,clock,carpet,curtain,cupboard,shelf,book,newspaper,letter,map,pen,scissors,bag,suitcase,box,bottle,cup,plate,bowl,knife,spoon,candle,key,umbrella,glasses,hat,shoe,shirt,dress,coat,jewellery,watch," +
  "computer,keyboard,screen,telephone,camera,television,radio,speaker,robot,machine,tool,hammer,screenshot,diagram,chart,text,receipt,document,sign,poster,painting,drawing,sculpture,cartoon,logo,pattern," +
  "football,tennis,basketball,swimming,running,skiing,surfing,climbing,cycling,fishing,camping,tent,toy,doll,ball,game,cards,guitar,piano,violin,drum,orchestra,flag,fireworks,gift,Christmas tree"
).split(",");
