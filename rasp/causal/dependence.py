"""What a model computes from what -> which s-ops can be exchanged in its residual stream, and how.

An s-op is exchanged by exchanging its *carriers* in the stream: itself, where the stream holds it,
or what it is a function of, if nothing else is made of that.  This is the program's own interchange
if all that depends on the s-op is computed from its carriers.  The compiler may do otherwise: it
folds functions of one variable into weights, rewrites expressions, and may compute a later value
from the tokens themselves.  Then the s-op has no place of its own, and the reason is given.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property

from rasp.artifact import Artifact
from rasp.causal.anatomy import anatomy
from rasp.causal.meanings import Contents, depends_on_tokens, named, roots
from rasp.causal.readings import Readings
from rasp.compiler.prepared import keys_ranked
from rasp.compiler.selection.matches import scorable
from rasp.compiler.simplify import rewritten
from rasp.graph.construct import is_sop
from rasp.graph.nodes import Aggregate, Best, Node, Select, SelectorWidth, SOpNode, children
from rasp.graph.origins import Origins
from rasp.graph.walk import topological
from rasp.meaning.witness import Beside, Disagreement, Joint, Quantity, made_of


@dataclass(frozen=True)
class Reads:
    """What something is computed from.  direct: s-ops, or joint values of them; derived: s-ops of
    which something else is read, such as the sum that a mean is made of."""

    direct: Set[Node]
    derived: Set[Node]


@dataclass(frozen=True)
class Dependence:
    """new: each s-op of the program as it was compiled; changed: those that were rewritten; held:
    what the stream holds; computed: what the model computes, and from what; None is the output.
    """

    root: SOpNode
    new: Mapping[Node, Node]
    changed: tuple[Node, ...]
    held: Set[Node]
    computed: Mapping[Quantity | None, Reads]
    contents: Contents

    @cached_property
    def left(self) -> Set[Node]:
        """All that there is of the program after rewriting."""
        return set(topological([self.new[self.root]]))

    @cached_property
    def attended(self) -> list[Node]:
        """What reads through a selector."""
        return [node for node in topological([self.new[self.root]]) if hasattr(node, "selector")]

    def name(self, node: Node) -> str:
        return named(node, self.contents.origins)  # type: ignore[arg-type]


def dependence_of(artifact: Artifact, root: SOpNode, contents: Contents) -> Dependence:
    """What the weights read and write, in terms of the program."""
    found, readings = anatomy(artifact), Readings(artifact, contents)
    computed: dict[Quantity | None, list[Quantity]] = {
        None: readings.output(found.parts[-1].sublayer)
    }
    for content in contents.contents:
        if content.quantity is None:
            continue
        place = content.direction.place
        for part in found.writers:
            writes = part.sublayer == content.direction.born and part.kind in ("head", "neurons")
            if writes and found.writes[part][place]:
                read = readings.into(part, place)
                computed.setdefault(content.quantity, []).extend(read)
    new, changed = _as_compiled(artifact, root, contents.origins)
    return Dependence(
        root,
        new,
        changed,
        {content.quantity for content in contents.contents if is_sop(content.quantity)},
        {quantity: _reads(quantities) for quantity, quantities in computed.items()},
        contents,
    )


def _as_compiled(
    artifact: Artifact, root: SOpNode, origins: Origins
) -> tuple[dict[Node, Node], tuple[Node, ...]]:
    """Every node below the root as the compiler rewrote it, and those that it changed."""
    new, changes = rewritten(root)
    changed = set(changes)
    top = new[root]
    assert is_sop(top)
    tokens, config = artifact.vocabulary.tokens, artifact.config
    ranked, later = keys_ranked(top, tokens, config.n_ctx - 1, causal=config.causal)
    new, changed = _one_after_the_other(new, changed, ranked, later)
    top = new[root]
    if is_sop(top) and any(isinstance(node, Best) for node in topological([top])):
        new, changed = _one_after_the_other(new, changed, *scorable(top, origins))
    return new, tuple(node for node in new if node in changed)


def _one_after_the_other(
    new: Mapping[Node, Node], changed: Set[Node], later: Mapping[Node, Node], more: Container[Node]
) -> tuple[dict[Node, Node], set[Node]]:
    """What nodes become, and which are changed, where they are rewritten once more.

    What is left out of the simpler graph has no later form; it stays as it is.
    """
    both = {node for node, found in new.items() if node in changed or found in more}
    return {node: later.get(found, found) for node, found in new.items()}, both


def _reads(quantities: Iterable[Quantity]) -> Reads:
    direct: set[Node] = set()
    derived: set[Node] = set()
    for quantity in quantities:
        own = is_sop(quantity) or isinstance(quantity, (Joint, Beside, Disagreement))
        (direct if own else derived).update(roots(quantity))
    return Reads(direct, derived)


def carriers(known: Dependence, node: SOpNode) -> tuple[Node, ...] | str:
    """What to exchange in the stream for an s-op, or why it does not live there."""
    target = known.new[node]
    if target not in known.left:
        return "the compiler rewrote everything that reads it, and nothing is left of it"
    chosen: tuple[Node, ...] = (target,)
    if not depends_on_tokens(node):
        # An exchange between inputs of one length changes nothing, whoever reads it.
        if target in known.held:
            return chosen
        return "it is the same for all inputs of one length, and computed from positions"
    if target not in known.held:
        below = _cut([*children(target)] or [target], known.held)
        chosen = tuple(part for part in below if _varies(part))
        if not chosen or not all(part in known.held for part in chosen):
            return "nothing of it is in the stream"
        if _reaches([known.new[known.root]], set(chosen), {target}, set()) is not None:
            listed = ", ".join(map(known.name, chosen))
            return f"it is folded into the weights that read {listed}, which others read as well"
    return _bypassed(known, node, chosen) or _related(known, chosen) or chosen


def _cut(start: Iterable[Node], held: Set[Node]) -> list[Node]:
    """The s-ops that are held, or end a path, nearest below."""
    found: dict[Node, None] = {}
    seen: set[Node] = set()
    stack = list(start)
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        below = children(node)
        if node in held or not below:
            found[node] = None
        else:
            stack.extend(below)
    return list(found)


def _reaches(
    start: Iterable[Node], goals: Set[Node], stops: Set[Node], last: Set[Node]
) -> Node | None:
    """A goal on a way down that passes no stop; goals come before `last`, which stop, too."""
    seen: set[Node] = set()
    stack = list(start)
    while stack:
        node = stack.pop()
        if node in seen or node in stops:
            continue
        if node in goals:
            return node
        seen.add(node)
        if node not in last:
            stack.extend(children(node))
    return None


def _bypassed(known: Dependence, node: SOpNode, chosen: tuple[Node, ...]) -> str | None:
    """Why something that depends on the s-op is not computed from its carriers, if so."""
    for original in known.changed:
        kept = set(topological([known.new[original]]))
        stops = {part for part, now in known.new.items() if now in kept and part is not original}
        if original is not node and _reaches(children(original), {node}, stops, set()) is not None:
            return f"the compiler rewrote {known.name(original)} so that it does without it"
    goals = set(chosen)
    below = [part for part in topological(chosen) if part not in goals]
    for quantity, reads in known.computed.items():
        start = _start(known, quantity)
        what = "the output" if quantity is None else named(quantity, known.contents.origins)
        if _reaches(start, goals, reads.direct, reads.derived) is not None:
            return f"{what} depends on it and is computed from something else"
        if quantity in goals or not goals & (reads.direct | reads.derived):
            continue
        for part in below:
            read = part in reads.direct or part in reads.derived
            if read and _varies(part) and _reaches(start, {part}, goals, set()) is None:
                return f"{what} reads a part of it from {known.name(part)}"
    return None


def _related(known: Dependence, chosen: tuple[Node, ...]) -> str | None:
    """Why an exchange may lead to what no input does, if so.

    A count of earlier keys is often different wherever what it asks of the keys is the same ("the
    how many-th of its kind"), and so is whether there is one ("the first of its kind").  Whoever
    compares both of keys may rely on it: that at most one key is selected.  Exchanging the count,
    or what lies between, without the other breaks this.
    """
    for top in known.attended:
        compared = _cut(_operands(top)[0], known.held)
        for count in compared:
            below = topological([count])
            if set(chosen).isdisjoint(below):
                continue
            for width in filter(_counts, below):
                other = _asked(known, width, compared, chosen)
                if other is not None:
                    return (
                        f"{known.name(top)} compares {known.name(count)} and"
                        f" {known.name(other)}, which belong together on every input"
                    )
    return None


def _counts(node: Node) -> bool:
    """Does it say how many keys are selected, whether one is, or where one is?"""
    match node:
        case SelectorWidth():
            return True
        case Aggregate(value=value):
            return not _varies(value)
    return False


def _asked(
    known: Dependence, width: Node, compared: list[Node], chosen: tuple[Node, ...]
) -> Node | None:
    """What a count asks of the keys that also gets into what is compared without it."""
    asked = _operands(width)[0]
    held = [node for node in _cut(asked, known.held) if node in compared]
    for other in dict.fromkeys([*held, *asked]):
        if not _varies(other) or not set(chosen).isdisjoint(topological([other])):
            continue
        if _reaches(compared, {other}, {*chosen, width}, set()) is not None:
            return other
    return None


def _varies(node: Node) -> bool:
    """Can two inputs of one length differ in an s-op?"""
    return is_sop(node) and depends_on_tokens(node)


def _operands(node: Node) -> tuple[list[Node], list[Node]]:
    """The keys and the queries that the selector of an aggregate, a width or another read
    compares."""
    keys: list[Node] = []
    queries: list[Node] = []
    stack: list[Node] = [getattr(node, "selector")]  # noqa: B009
    seen: set[Node] = set()
    while stack:
        part = stack.pop()
        if part in seen:
            continue
        seen.add(part)
        if isinstance(part, Select):
            keys.append(part.key)
            queries.append(part.query)
        elif is_sop(part):
            keys.append(part)  # the score of a best
        else:
            stack.extend(children(part))
    return keys, queries


def _start(known: Dependence, quantity: Quantity | None) -> list[Node]:
    """Where to look for what a quantity depends on."""
    if quantity is None:
        return [known.new[known.root]]
    if is_sop(quantity):
        return list(children(quantity))
    if isinstance(quantity, Joint):
        return roots(quantity)
    return [child for part in made_of(quantity) for top in roots(part) for child in children(top)]
