// A generation: the tokens that were written, one step at a time, and whom each step attends to.
//
// The model is causal, so the pass over the whole sequence has the numbers of every step: those of a
// position are what they were when its token was the last one.

const WRITING = data.writing;
const HEAD_COLOURS = 6;
const MOST_KEYS = 4; // that a head's line names
const PLAYED_EVERY = 400; // milliseconds

// The steps are positions: each writes the token after it.
const FIRST_STEP = WRITING ? WRITING.prompt : 0;
const LAST_STEP = N_POSITIONS - 1;
let playing = 0;

function hasStep(position) {
  return position >= FIRST_STEP && position <= LAST_STEP;
}

// A token after which a new line begins, so that rows stand below one another: the last one of the
// prompt, if it comes again and again at one distance.
function endOfLines() {
  const last = data.token_names[WRITING.prompt - 1];
  const places = [];
  data.token_names.forEach((name, n) => {
    if (name === last) places.push(n);
  });
  if (places.length < 3) return null;
  const distance = places[1] - places[0];
  return distance > 1 && places.every((place, n) => !n || place - places[n - 1] === distance)
    ? last
    : null;
}

const lines = { end: WRITING ? endOfLines() : null };

function drawWriting() {
  const panel = document.getElementById("writing");
  panel.hidden = !WRITING;
  if (!WRITING) return;
  const button = (name, words, act) =>
    element("button", { type: "button", id: `writing-${name}`, onclick: act, title: words }, words);
  panel.replaceChildren(
    element("h2", { id: "writing-title", class: "panel-title" }, "What it writes"),
    element(
      "div",
      { class: "options controls" },
      button("start", "first token", () => moveWriting(-N_POSITIONS)),
      button("back", "token before (p)", () => moveWriting(-1)),
      element("output", { id: "writing-step", "aria-live": "polite" }),
      button("on", "next token (n)", () => moveWriting(1)),
      button("end", "last token", () => moveWriting(N_POSITIONS)),
      button("play", "play", play),
      lineChooser(),
    ),
    element("div", { id: "written-tokens" }),
    element("ul", { id: "written-why", "aria-live": "polite" }),
  );
  drawTokens();
}

function lineChooser() {
  const names = [...new Set(data.token_names)];
  if (names.length > 100) return null;
  const chooser = element(
    "select",
    {
      id: "writing-lines",
      onchange: () => {
        lines.end = chooser.selectedIndex ? names[chooser.selectedIndex - 1] : null;
        drawTokens();
        markWriting();
      },
    },
    element("option", {}, "nothing"),
    names.map((name) => element("option", { selected: name === lines.end }, name)),
  );
  return element("label", {}, "new line after ", chooser);
}

function drawTokens() {
  const box = document.getElementById("written-tokens");
  let line = element("div", { class: "token-line" });
  const all = [line];
  positions.slice(1).forEach((place) => {
    line.append(
      element(
        "button",
        {
          type: "button",
          tabindex: "-1",
          class: classes({ token: true, prompt: place <= WRITING.prompt }),
          "data-place": place,
          title: positionName(place),
          onclick: () => choose({ position: place }),
        },
        tokenAt(place),
        element("span", { class: "attended" }),
      ),
    );
    if (data.token_names[place - 1] === lines.end && place < LAST_STEP) {
      line = element("div", { class: "token-line" });
      all.push(line);
    }
  });
  box.replaceChildren(...all);
}

// Of a query: [head, [[attention, key], ...]], the largest attention first.
function attendedBy(query) {
  return data.heads.map((head) => {
    const keys = positions
      .map((key) => [head.pattern.at(query, key), key])
      .filter(([attention]) => attention > 1e-6);
    return [head, keys.sort(([a, i], [b, j]) => b - a || i - j)];
  });
}

function headColour(head) {
  return `head-${data.heads.indexOf(head) % HEAD_COLOURS}`;
}

function markWriting() {
  if (!WRITING) return;
  const query = state.position;
  const attended = attendedBy(query);
  document.querySelectorAll("#written-tokens .token").forEach((token) => {
    const place = Number(token.dataset.place);
    token.classList.toggle("query", place === query);
    token.classList.toggle("next", place === query + 1 && hasStep(query));
    token.classList.toggle("later", place > query + (hasStep(query) ? 1 : 0));
    const marks = attended.flatMap(([head, keys]) =>
      keys
        .filter(([, key]) => key === place)
        .map(([attention]) => {
          const mark = element("i", { class: headColour(head) });
          mark.style.opacity = String(0.25 + 0.75 * attention);
          return mark;
        }),
    );
    token.querySelector(".attended").replaceChildren(...marks);
  });
  followTokens();
  document.getElementById("written-why").replaceChildren(
    ...attended.map(([head, keys]) => headLine(head, keys)),
    element("li", { class: "answer" }, outcomeWords(query)),
  );
  const n = query - FIRST_STEP + 1;
  const most = LAST_STEP - FIRST_STEP;
  document.getElementById("writing-step").textContent = !hasStep(query)
    ? "in the prompt"
    : n > most
      ? "after the last"
      : `token ${n} of ${most}`;
  for (const name of ["back", "start"])
    document.getElementById(`writing-${name}`).disabled = query <= FIRST_STEP;
  for (const name of ["on", "end", "play"])
    document.getElementById(`writing-${name}`).disabled = query >= LAST_STEP;
  if (query >= LAST_STEP) stopPlaying();
}

// Keep the last token where it can be seen.
function followTokens() {
  const box = document.getElementById("written-tokens");
  const token = box.querySelector(".query");
  if (!token) return;
  const bottom = token.offsetTop + 2 * token.offsetHeight; // with the line of the next one
  if (token.offsetTop < box.scrollTop) box.scrollTop = token.offsetTop;
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
}

function headLine(head, keys) {
  const shown = keys
    .slice(0, MOST_KEYS)
    .map(([attention, key]) => `${positionName(key)} (${short(Number(attention.toPrecision(3)))})`);
  if (keys.length > shown.length) shown.push(`${keys.length - shown.length} more`);
  return element(
    "li",
    {},
    element("i", { class: headColour(head) }),
    rowButton(rowOf(head), `${stepName(head.step)}, head ${head.number} ${head.label}`),
    ` attends to ${shown.join(", ")}`,
  );
}

function outcomeWords(query) {
  const { values, error } = data.model_answer;
  if (query === 0) return "BOS stands in front of every input; it writes nothing.";
  const here = positionName(query);
  if (query === LAST_STEP && WRITING.ended) return WRITING.ended;
  if (error && !(query < LAST_STEP && hasStep(query))) return "Here is no answer: see above.";
  const value = hasStep(query) && query < LAST_STEP ? data.token_names[query] : values[query - 1];
  if (!hasStep(query))
    return `The answer at ${here} is ${value}, and it is not used: the next token is of the prompt.`;
  return query < LAST_STEP
    ? `So ${value} is the next token, and stands at ${query}.`
    : `${value} would be the next token; no more was asked for.`;
}

function moveWriting(by) {
  if (!WRITING) return;
  const position = Math.min(LAST_STEP, Math.max(FIRST_STEP, state.position + by));
  movePosition(position - state.position);
}

function play() {
  if (playing) {
    stopPlaying();
    return;
  }
  if (!hasStep(state.position)) moveWriting(0);
  playing = setInterval(() => moveWriting(1), PLAYED_EVERY);
  document.getElementById("writing-play").textContent = "pause";
}

function stopPlaying() {
  clearInterval(playing);
  playing = 0;
  document.getElementById("writing-play").textContent = "play";
}
