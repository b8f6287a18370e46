export default function Evaluate() {
  return <h1>Evaluate</h1>;
}
