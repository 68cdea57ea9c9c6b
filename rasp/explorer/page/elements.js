// Elements.  Text becomes text nodes, never markup.

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

function drawn(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function section(title, words, ...children) {
  return element(
    "section",
    { class: "part" },
    element("h3", {}, title),
    words ? element("p", {}, words) : null,
    ...children,
  );
}

// The label of a direction: choosing it shows the direction.
function directionButton(direction, step) {
  return element(
    "button",
    {
      type: "button",
      class: "direction",
      "data-direction": direction,
      title: `direction ${direction}`,
      onclick: () => choose({ direction }),
    },
    labelAt(direction, step),
  );
}

// Choosing it shows a row of the table of the model.
function rowButton(number, words) {
  return element(
    "button",
    { type: "button", class: "direction", onclick: () => choose({ row: number }) },
    words,
  );
}

// "2 a - b + 1" with the directions as buttons.
function formula(coefficients, directions, constant, step) {
  const parts = [];
  const add = (coefficient, name) => {
    if (!coefficient) return;
    const negative = coefficient < 0;
    const size = Math.abs(coefficient);
    if (parts.length || negative) {
      const sign = parts.length ? (negative ? " \u2212 " : " + ") : "\u2212";
      parts.push(element("span", { class: "sign" }, sign));
    }
    if (!name) parts.push(short(size));
    else if (size === 1) parts.push(name());
    else parts.push(`${short(size)}\u00b7`, name());
  };
  const addDirection = (direction, n) =>
    add(coefficients[n], () => directionButton(direction, step));
  const isStart = (direction) => direction === BOS_DIRECTION;
  directions.forEach((direction, n) => {
    if (!isStart(direction)) addDirection(direction, n);
  });
  add(constant);
  directions.forEach((direction, n) => {
    if (isStart(direction)) addDirection(direction, n);
  });
  return parts.length ? parts : ["0"];
}

// Rows of a table, the first ones at once and all on demand.
function longTable(headings, rows, attributes, most = 24) {
  const body = element("tbody");
  const table = element(
    "table",
    attributes,
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        headings.map((text) => element("th", { scope: "col" }, text)),
      ),
    ),
    body,
  );
  const addRows = (from, to) => {
    rows.slice(from, to).forEach((cells) => {
      body.append(
        element(
          "tr",
          {},
          cells().map((cell) => element("td", {}, cell)),
        ),
      );
    });
  };
  addRows(0, most);
  if (rows.length <= most) return element("div", { class: "scroll" }, table);
  const more = element(
    "button",
    {
      type: "button",
      class: "more",
      onclick: () => {
        addRows(most, rows.length);
        more.remove();
      },
    },
    `show all ${rows.length}`,
  );
  return element("div", { class: "scroll" }, table, more);
}
