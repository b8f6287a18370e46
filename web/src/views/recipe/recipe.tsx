export default function Recipe() {
  return <h1>Recipe</h1>;
}
