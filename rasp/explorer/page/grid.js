// Tables of numbers: a cell's number is written in it, tinted by its size, and read out exactly
// below the table when it is focused or pointed at.  Arrows move between cells.

const MOST_READABLE = 26; // columns; wider tables have small cells without text
const MOST_CELLS = 40000;

// rows, columns: {title, header?: element, here?: bool, written?: bool}; value(row, column): number
// or boolean; scale: "share" (0 to 1), "signed" (by the largest) or "plain" (no tint); say(row,
// column): the read-out's words.
function grid({
  caption,
  aside,
  rows,
  columns,
  value,
  scale,
  say,
  axes,
  turned,
  wrapped,
  same,
  narrow,
  sparse,
}) {
  if (rows.length * columns.length > MOST_CELLS) {
    return figureOf(
      caption,
      aside,
      element(
        "p",
        { class: "note" },
        `${rows.length} rows by ${columns.length} columns are more than can be shown here.`,
      ),
    );
  }
  const dense = columns.length > MOST_READABLE && !narrow;
  const upright = turned || (dense && columns.some((column) => column.title.length > 1));
  const largest = scale === "signed" ? largestOf(rows, columns, value) : 1;
  const readout = element("p", { class: "readout", "aria-live": "polite" }, "\u00a0");
  const head = element("tr", {}, element("td", {}, ""));
  columns.forEach((column) => {
    head.append(
      element(
        "th",
        {
          scope: "col",
          class: classes({ here: column.here || column.named, turned: upright, wrapped }),
          title: column.title,
        },
        upright
          ? element("span", {}, column.header || column.title)
          : column.header || column.title,
      ),
    );
  });
  const body = element("tbody");
  rows.forEach((row, r) => {
    const line = element("tr", { class: classes({ here: row.here, total: row.total }) });
    line.append(
      element(
        "th",
        { scope: "row", class: classes({ written: row.written || row.named }), title: row.title },
        row.header || row.title,
      ),
    );
    columns.forEach((column, c) => {
      line.append(
        cellOf(value(r, c), {
          sparse,
          scale,
          largest: scale === "plain" ? null : largest,
          here: column.here,
          same: same && same(r, c),
        }),
      );
    });
    body.append(line);
  });
  const table = element(
    "table",
    { class: classes({ numbers: true, dense }), role: "grid", "aria-label": caption },
    element("thead", {}, head),
    body,
  );
  walkCells(table, (r, c) => {
    readout.textContent = say
      ? say(r, c)
      : `${rows[r].title}, ${columns[c].title}: ${cellText(value(r, c))}`;
  });
  return figureOf(
    caption,
    aside,
    axes ? element("p", { class: "axes" }, axes) : null,
    element("div", { class: "scroll" }, table),
    readout,
  );
}

function figureOf(caption, aside, ...children) {
  return element(
    "figure",
    {},
    element("figcaption", {}, caption, aside ? element("small", {}, ` ${aside}`) : null),
    ...children,
  );
}

function classes(flags) {
  return (
    Object.keys(flags)
      .filter((name) => flags[name])
      .join(" ") || null
  );
}

function largestOf(rows, columns, value) {
  let largest = 0;
  rows.forEach((_, r) =>
    columns.forEach((__, c) => {
      const size = Math.abs(value(r, c));
      if (Number.isFinite(size)) largest = Math.max(largest, size);
    }),
  );
  return largest || 1;
}

function cellText(value) {
  if (value === null || value === undefined) return "nothing";
  return typeof value === "boolean" ? (value ? "selected" : "not selected") : exact(value);
}

function cellOf(value, { sparse, scale, largest, here, same }) {
  const cell = element("td", { role: "gridcell", tabindex: "-1" });
  const number = Number(value);
  const names = [];
  if (value === null || value === undefined) cell.textContent = "";
  else if (typeof value === "boolean") cell.textContent = value ? "1" : "\u00b7";
  else if (sparse && number === 0) cell.textContent = "\u00b7";
  else cell.textContent = scale === "share" ? short(Number(number.toPrecision(2))) : short(number);
  if (number === 0 || value === null) names.push("zero");
  else names.push(number < 0 ? "negative" : "positive");
  if (here) names.push("here");
  if (same) names.push("same");
  if (number && largest) {
    const share = Math.min(1, Math.abs(number) / largest);
    cell.style.setProperty("--strength", String(0.08 + 0.5 * share));
  }
  cell.className = names.join(" ");
  return cell;
}

// One cell can be reached by Tab, the others from it by arrows.
function walkCells(table, told) {
  const lines = Array.from(table.tBodies[0].rows, (line) =>
    Array.from(line.querySelectorAll("td")),
  );
  if (!lines.length || !lines[0].length) return;
  lines[0][0].tabIndex = 0;
  const placeOf = (cell) => {
    const line = cell.closest("tr");
    return [
      Array.prototype.indexOf.call(table.tBodies[0].rows, line),
      lines[line.sectionRowIndex].indexOf(cell),
    ];
  };
  table.addEventListener("focusin", (event) => {
    const cell = event.target.closest("td");
    if (!cell) return;
    table.querySelectorAll('td[tabindex="0"]').forEach((other) => {
      other.tabIndex = -1;
    });
    cell.tabIndex = 0;
    told(...placeOf(cell));
  });
  table.addEventListener("pointerover", (event) => {
    const cell = event.target.closest("tbody td");
    if (cell) told(...placeOf(cell));
  });
  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td");
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[
      event.key
    ];
    if (!cell || !move) return;
    event.preventDefault();
    event.stopPropagation();
    const [r, c] = placeOf(cell);
    const next = lines[r + move[0]] && lines[r + move[0]][c + move[1]];
    if (next) next.focus();
  });
}

// here: the cells of the chosen position are framed; named: only its name stands out.
function positionAxis(places = positions) {
  return places.map((place) => ({ title: tokenAt(place), here: place === state.position }));
}

function keyAxis(places = positions) {
  return places.map((place) => ({ title: tokenAt(place), named: place === state.position }));
}
