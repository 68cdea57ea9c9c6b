// A group of neurons: what it reads, the function it computes, what it writes.

function showNeurons(group) {
  const size = group.end - group.first;
  return [
    titleLine(`${stepName(group.step)}, ${plural(size, "neuron")}`, group.label),
    ...meaningOf(group.expressions),
    element("p", { class: "where" }, `neurons ${group.first} to ${group.end - 1} of this sublayer`),
    functionSection(group),
    section(
      "In and out, at every position",
      "First the directions that it reads, then what it adds to those that it writes.",
      inOutGrid(group),
    ),
    section(
      "Neurons",
      "Each is the larger of 0 and a sum of directions; its column of W_out says what it adds.",
      neuronTable(group),
    ),
    section(
      "Activations",
      null,
      activationGrid(group, "pre", "Before the ReLU"),
      activationGrid(group, "post", "After the ReLU"),
    ),
  ];
}

function inOutGrid(group) {
  const before = data.steps[group.step - 1].residual;
  const inputs = group.reads.filter((direction) => direction !== BOS_DIRECTION);
  const lines = [
    ...inputs.map((direction) => ({
      title: `reads ${labelAt(direction, group.step - 1)}`,
      header: [element("span", {}, "reads "), directionButton(direction, group.step - 1)],
    })),
    ...group.writes.map((direction) => ({
      title: `writes ${labelAt(direction, writingStep(group))}`,
      written: true,
      header: [element("span", {}, "writes "), directionButton(direction, writingStep(group))],
    })),
  ];
  lines.forEach((line) => {
    line.header = element("span", {}, line.header);
  });
  const value = (r, c) =>
    r < inputs.length ? before.at(c, inputs[r]) : group.written.at(c, r - inputs.length);
  return grid({
    caption: "Read and written",
    rows: lines,
    columns: positionAxis(),
    value,
    scale: "signed",
    say: (r, c) => `${lines[r].title}, ${positionName(c)}: ${exact(value(r, c))}`,
  });
}

function neuronTable(group) {
  const numbers = Array.from({ length: group.end - group.first }, (_, n) => n);
  return longTable(
    ["neuron", "relu of", "adds its activation times"],
    numbers.map((n) => () => [
      String(group.first + n),
      formula(
        group.reads.map((_, r) => group.W_in.at(r, n)),
        group.reads,
        group.b_in.at(0, n),
        group.step - 1,
      ),
      outgoing(group, n),
    ]),
    { class: "formulas" },
    16,
  );
}

function outgoing(group, n) {
  const parts = group.writes.flatMap((direction, w) => {
    const weight = group.W_out.at(n, w);
    return weight
      ? [`${short(weight)} to `, directionButton(direction, writingStep(group)), "; "]
      : [];
  });
  return parts.length ? parts.slice(0, -1) : "nothing";
}

function activationGrid(group, which, caption) {
  const numbers = Array.from({ length: group.end - group.first }, (_, n) => n);
  return grid({
    caption,
    rows: numbers.map((n) => ({ title: `neuron ${group.first + n}` })),
    columns: positionAxis(),
    value: (r, c) => group[which].at(c, r),
    scale: "signed",
    say: (r, c) => `neuron ${group.first + r}, ${positionName(c)}: ${exact(group[which].at(c, r))}`,
  });
}

// -- the function, as a plot of every output against one input

function functionSection(group) {
  const inputs = sweptInputs(group);
  if (!inputs.length || !group.writes.length) {
    return section("The function", "Nothing that it reads varies, or nothing is written.");
  }
  const place = state.position || 1;
  const picture = element("div");
  const draw = (input) => picture.replaceChildren(...plots(group, input, place));
  const chooser = element(
    "select",
    {
      id: "swept",
      onchange: () => draw(inputs[chooser.selectedIndex]),
    },
    inputs.map((input) => element("option", {}, input.name)),
  );
  draw(inputs[0]);
  const others = inputs[0].rest.length
    ? `The other inputs stay what they are at ${positionName(place)}.`
    : "";
  return section(
    "The function",
    `The curves are what the weights make of every value of one input. ${others} Dots are the positions of this forward pass, the filled one is ${positionName(place)}.`,
    element("p", { class: "options" }, element("label", { for: "swept" }, "against"), chooser),
    picture,
  );
}

// The ways to vary what the group reads: all of it along one line if its neurons see nothing else,
// and each direction by itself.
function sweptInputs(group) {
  const inputs = group.reads
    .map((direction, n) => [direction, n])
    .filter(([direction]) => direction !== BOS_DIRECTION);
  const neurons = Array.from({ length: group.end - group.first }, (_, n) => n);
  const columns = neurons.map((n) => inputs.map(([, r]) => group.W_in.at(r, n)));
  const single = inputs.map(([direction, r], place) => ({
    direction,
    name: labelAt(direction, group.step - 1),
    weights: inputs.map((_, n) => Number(n === place)),
    inputs,
    rest: inputs.filter((_, n) => n !== place),
    slope: (n) => group.W_in.at(r, n),
  }));
  const kinks = (input) =>
    new Set(neurons.filter((n) => input.slope(n)).map((n) => group.b_in.at(0, n) / input.slope(n)))
      .size;
  // A number rather than a mark that is 0 or 1; among these, what makes most bends.
  const before = data.steps[group.step - 1].residual;
  const isNumber = (input) =>
    positions.some((place) => ![0, 1].includes(before.at(place, input.direction)));
  single.sort((one, other) => isNumber(other) - isNumber(one) || kinks(other) - kinks(one));
  const line = inputs.length > 1 ? commonLine(columns) : null;
  if (!line) return single;
  const unit = line.find((weight) => weight !== 0);
  const weights = line.map((weight) => weight / unit);
  const first = weights.findIndex((weight) => weight !== 0);
  const name = inputs
    .flatMap(([direction], n) =>
      weights[n]
        ? [
            `${weights[n] < 0 ? "\u2212" : n > first ? "+" : ""} ${Math.abs(weights[n]) === 1 ? "" : `${short(Math.abs(weights[n]))}\u00b7`}${labelAt(direction, group.step - 1)}`.trim(),
          ]
        : [],
    )
    .join(" ");
  return [{ name, weights, inputs, rest: [], slope: (n) => columns[n][first] }, ...single];
}

// The one vector that all columns are multiples of, if there is one.
function commonLine(columns) {
  const line = columns.find((column) => column.some((weight) => weight !== 0));
  if (!line) return null;
  const place = line.findIndex((weight) => weight !== 0);
  const alike = columns.every((column) => {
    const factor = column[place] / line[place];
    return column.every(
      (weight, n) => Math.abs(weight - factor * line[n]) <= 1e-9 * (1 + Math.abs(weight)),
    );
  });
  return alike ? line : null;
}

const PLOT = { width: 640, left: 46, right: 12, height: 62, gap: 34, most: 8 };

function plots(group, input, place) {
  const before = data.steps[group.step - 1].residual;
  const valueAt = (position) =>
    input.inputs.reduce(
      (sum, [direction], n) => sum + input.weights[n] * before.at(position, direction),
      0,
    );
  const neurons = Array.from({ length: group.end - group.first }, (_, n) => n);
  // pre-activation of neuron n where the input is t: what it is at the position, moved.
  const here = valueAt(place);
  const preAt = (n, t) => group.pre.at(place, n) + input.slope(n) * (t - here);
  const alike = positions
    .slice(1)
    .filter((position) =>
      input.rest.every(
        ([direction]) =>
          Math.abs(before.at(position, direction) - before.at(place, direction)) < 1e-6,
      ),
    );
  const bends = neurons
    .filter((n) => input.slope(n))
    .map((n) => here - group.pre.at(place, n) / input.slope(n));
  const [low, high] = plottedRange(bends, positions.slice(1).map(valueAt));
  const within = bends.filter((t) => t > low && t < high);
  const ts = [low, ...new Set(within.sort((one, other) => one - other)), high];
  const curves = group.writes.map((direction, w) => ({
    direction,
    points: ts.map((t) => [
      t,
      neurons.reduce((sum, n) => sum + Math.max(0, preAt(n, t)) * group.W_out.at(n, w), 0),
    ]),
    dots: alike.map((position) => [valueAt(position), group.written.at(position, w), position]),
  }));
  const shown = curves.slice(0, PLOT.most);
  const parts = [plotOf(shown, low, high, group, place)];
  const words = [];
  if (curves.length > shown.length)
    words.push(`${curves.length - shown.length} more outputs are in the table below.`);
  const outside = bends.length - within.length;
  if (outside)
    words.push(
      `${plural(outside, "bend")} further away from the values seen ${outside === 1 ? "is" : "are"} left out.`,
    );
  const unlike = N_POSITIONS - 1 - alike.length;
  if (unlike)
    words.push(
      `At ${plural(unlike, "position")} the other inputs differ, so ${unlike === 1 ? "it has" : "they have"} no dot here.`,
    );
  if (words.length) parts.push(element("p", { class: "note" }, words.join(" ")));
  return parts;
}

// All bends, but where most of them are far from the values seen, only what is near these.
function plottedRange(bends, seen) {
  const ends = [...bends, ...seen];
  const [least, most] = [Math.min(...seen), Math.max(...seen)];
  const near = most - least || Infinity;
  const low = Math.max(Math.min(...ends), least - near);
  const high = Math.min(Math.max(...ends), most + near);
  const room = 0.06 * (high - low) || 1;
  return [low - room, high + room];
}

// One strip for each output, below one another over the same input.
function plotOf(curves, low, high, group, place) {
  const strip = PLOT.height + PLOT.gap;
  const height = curves.length * strip + 26;
  const x = (t) => PLOT.left + ((t - low) / (high - low)) * (PLOT.width - PLOT.left - PLOT.right);
  const picture = drawn("svg", {
    class: "plot",
    viewBox: `0 0 ${PLOT.width} ${height}`,
    role: "img",
    "aria-label": curves.map((curve) => labelAt(curve.direction, writingStep(group))).join(", "),
  });
  curves.forEach((curve, n) => {
    const top = n * strip + PLOT.gap;
    const values = [...curve.points, ...curve.dots].map(([, value]) => value);
    let [least, most] = [Math.min(0, ...values), Math.max(...values)];
    if (least === most) most = least + 1;
    const y = (value) => top + PLOT.height - ((value - least) / (most - least)) * PLOT.height;
    picture.append(
      named(PLOT.left, top - 9, labelAt(curve.direction, writingStep(group)), "name"),
      drawn("line", {
        class: "axis",
        x1: PLOT.left,
        x2: PLOT.left,
        y1: top,
        y2: top + PLOT.height,
      }),
      drawn("line", {
        class: "zero",
        x1: PLOT.left,
        x2: PLOT.width - PLOT.right,
        y1: y(0),
        y2: y(0),
      }),
      named(PLOT.left - 6, y(most) + 8, short(most), "", "end"),
      named(PLOT.left - 6, y(least) + 1, short(least), "", "end"),
      drawn("polyline", {
        class: "curve",
        points: curve.points
          .map(([t, value]) => `${x(t).toFixed(1)},${y(value).toFixed(1)}`)
          .join(" "),
      }),
    );
    const mine = ([, , position]) => position === place;
    [...curve.dots.filter((dot) => !mine(dot)), ...curve.dots.filter(mine)].forEach((dot) => {
      const [t, value, position] = dot;
      const circle = drawn("circle", {
        class: mine(dot) ? "seen mine" : "seen",
        cx: x(t),
        cy: y(value),
        r: 4,
      });
      circle.append(
        drawn("title", {}, `${positionName(position)}: ${exact(t)} gives ${exact(value)}`),
      );
      picture.append(circle);
    });
  });
  const bottom = curves.length * strip + 4;
  ticks(low, high).forEach((t) => {
    picture.append(
      drawn("line", { class: "axis", x1: x(t), x2: x(t), y1: bottom - 2, y2: bottom + 3 }),
      named(x(t), bottom + 16, short(t), "", "middle"),
    );
  });
  return picture;
}

function named(x, y, words, name, anchor = "start") {
  return drawn("text", { x, y, "text-anchor": anchor, class: name }, words);
}

function ticks(low, high) {
  const rough = (high - low) / 8;
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough);
  const found = [];
  for (let n = Math.ceil(low / size); n * size <= high; n += 1) found.push(n * size);
  return found;
}
