export default function Classify() {
  return <h1>Classify</h1>;
}
