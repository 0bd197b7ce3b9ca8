// SPDX-License-Identifier: Apache-2.0
// Probabilities as a list of bars.

/** Make one bar a label inside `list`; returns show(probabilities), where null empties the bars. */
export function makeBars(list, labels) {
  const rows = labels.map((label) => {
    const row = document.createElement("li");
    const name = row.appendChild(document.createElement("span"));
    name.textContent = label;
    const track = row.appendChild(document.createElement("div"));
    track.className = "track";
    const fill = track.appendChild(document.createElement("div"));
    fill.className = "fill";
    const share = row.appendChild(document.createElement("span"));
    share.className = "share";
    return { row, fill, share };
  });
  list.replaceChildren(...rows.map(({ row }) => row));

  function show(probabilities) {
    const best = probabilities ? probabilities.indexOf(Math.max(...probabilities)) : -1;
    rows.forEach(({ row, fill, share }, index) => {
      const value = probabilities ? probabilities[index] : 0;
      fill.style.transform = `scaleX(${value})`;
      share.textContent = probabilities ? percent(value) : "";
      row.classList.toggle("best", index === best);
    });
  }
  show(null);
  return show;
}

/** 0.98765 → "98.8 %"; what is not certain never reads as 100 %. */
export function percent(value) {
  const rounded = value < 1 ? Math.min(value * 100, 99.9) : 100;
  return `${rounded.toFixed(1)} %`;
}
