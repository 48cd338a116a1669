// The scripts' texts in the language of the page, which brings them along; {name} stands for a value.
const words = JSON.parse(document.getElementById("phrases").textContent);

export function _(text, values = {}) {
  return (words[text] ?? text).replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}
