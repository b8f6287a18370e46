export default function LabelSets() {
  return <h1>LabelSets</h1>;
}
