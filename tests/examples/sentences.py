"""Sentences that are made together with what they mean: a reference for `examples/sentences.rasp`.

A sentence is put together from the meaning down, word by word, and the parser has to find the
meaning again.  Nothing here looks at words to find out what they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

WOMEN, MEN = ("ana", "eva", "mia"), ("ben", "leo", "tom")
NOUNS = ("girl", "king", "dog", "cat", "ball", "book", "letter", "house", "boat")
ADJECTIVES = ("small", "big", "old", "red")
ALONE = {"past": ("slept", "laughed", "ran", "sang"), "plain": ("sleep", "laugh", "run", "sing")}
TO_ANOTHER = {
    "past": ("saw", "ate", "took", "helped", "found"),
    "plain": ("see", "eat", "take", "help", "find"),
    "participle": ("seen", "eaten", "taken"),
}
GIVING = {"past": ("gave", "sent", "lent"), "plain": ("give", "send"), "participle": ("given",)}
MODALS = {"will": "future", "can": "able", "must": "needed"}
WHERE = ("in", "on", "beside", "under")


@dataclass
class Sentence:
    """words; says: (relation, of which word, which word), kind: of the sentence."""

    kind: str
    words: list[str] = field(default_factory=list)
    says: list[tuple[str, int, int]] = field(default_factory=list)

    def word(self, word: str) -> int:
        self.words.append(word)
        return len(self.words) - 1

    def say(self, relation: str, of: int, which: int) -> None:
        self.says.append((relation, of, which))

    @property
    def logical_form(self) -> list[str]:
        """In the order of what is said of, and of who says it; then the kind of the sentence."""
        order = sorted(range(len(self.says)), key=lambda place: self.says[place][1:])
        form = [f"{r}(x{of}, x{which})" for r, of, which in (self.says[n] for n in order)]
        return form + [self.kind] * (len(self.words) - len(form))


class Speaker:
    def __init__(self, random: Random) -> None:
        self.random = random

    def sentence(self) -> Sentence:
        """One of any kind."""
        ways = (
            *(self.statement, self.passive, self.said, self.wanted, self.modal, self.older),
            *(self.group, self.two_verbs, self.reflexive, self.relative),
            *(self.who, self.whom, self.what, self.did, self.was, self.order),
        )
        return self.random.choice(ways)()

    def any(self, words: tuple[str, ...]) -> str:
        return self.random.choice(words)

    # -- phrases

    def phrase(self, s: Sentence, *, plain: bool = False) -> int:
        """A name, or a noun with what belongs to it; plain: with nothing that says anything."""
        if self.random.random() < 0.4:
            return s.word(self.any(WOMEN + MEN))
        article = self.any(("the", "a") if plain else ("the", "a", "every", "no"))
        first = s.word(article)
        adjectives = []
        if not plain and self.random.random() < 0.3:
            adjectives.append(s.word(self.any(ADJECTIVES)))
        noun = s.word(self.any(NOUNS))
        if article in ("every", "no"):
            s.say(article, noun, first)
        for adjective in adjectives:
            s.say("attribute", noun, adjective)
        return noun

    def placed(self, s: Sentence) -> int:
        """A phrase, perhaps with one that says where."""
        noun = self.phrase(s)
        if self.random.random() < 0.25:
            preposition = self.any(WHERE)
            s.word(preposition)
            s.say(preposition, noun, self.phrase(s, plain=True))
        return noun

    def verb(self, s: Sentence, form: str) -> int:
        """A verb with what it is done to, and to whom; who does it is left to the caller."""
        match self.random.randrange(3):
            case 0:
                return s.word(self.any(ALONE[form]))
            case 1:
                verb = s.word(self.any(TO_ANOTHER[form]))
                s.say("theme", verb, self.phrase(s))
            case _:
                verb = s.word(self.any(GIVING[form]))
                if self.random.random() < 0.5:
                    s.say("recipient", verb, self.phrase(s))
                    s.say("theme", verb, self.phrase(s))
                else:
                    s.say("theme", verb, self.phrase(s))
                    s.word("to")
                    s.say("recipient", verb, self.phrase(s))
        return verb

    def participle(self, s: Sentence) -> int:
        """What was done, and perhaps by whom."""
        if self.random.random() < 0.5:
            verb = s.word(self.any(TO_ANOTHER["participle"]))
        else:
            verb = s.word(self.any(GIVING["participle"]))
            s.word("to")
            s.say("recipient", verb, self.phrase(s))
        if self.random.random() < 0.5:
            s.word("by")
            s.say("agent", verb, self.phrase(s))
        return verb

    # -- statements

    def statement(self) -> Sentence:
        s = Sentence("statement")
        who = self.placed(s)
        s.say("agent", self.verb(s, "past"), who)
        return s

    def passive(self) -> Sentence:
        s = Sentence("statement")
        what = self.placed(s)
        s.word("was")
        negated = s.word("not") if self.random.random() < 0.3 else None
        verb = self.participle(s)
        s.say("theme", verb, what)
        if negated is not None:
            s.say("not", verb, negated)
        return s

    def said(self) -> Sentence:
        s = Sentence("statement")
        who = self.phrase(s)
        said = s.word(self.any(("said", "thought", "knew")))
        s.say("agent", said, who)
        if self.random.random() < 0.7:
            s.word("that")
        inner = self.phrase(s)
        verb = self.verb(s, "past")
        s.say("content", verb, said)
        s.say("agent", verb, inner)
        return s

    def wanted(self, kind: str = "statement") -> Sentence:
        s = Sentence(kind)
        who = s.word("who") if kind == "question" else self.phrase(s)
        wanted = s.word(self.any(("wanted", "tried", "hoped")))
        s.say("agent", wanted, who)
        s.word("to")
        s.say("content", self.verb(s, "plain"), wanted)
        return s

    def modal(self) -> Sentence:
        s = Sentence("statement")
        who = self.phrase(s)
        said = self.random.choice(sorted({**MODALS, "did": ""}))
        modal = s.word(said)
        needs_not = said == "did" or self.random.random() < 0.3
        negated = s.word("not") if needs_not else None
        verb = self.verb(s, "plain")
        s.say("agent", verb, who)
        if negated is not None:
            s.say("not", verb, negated)
        if said in MODALS:
            s.say(MODALS[said], verb, modal)
        return s

    def older(self) -> Sentence:
        s = Sentence("statement")
        who = self.phrase(s)
        s.word("was")
        older = s.word(self.any(("older", "bigger", "happier")))
        s.say("theme", older, who)
        s.word("than")
        s.say("standard", older, self.phrase(s))
        return s

    def group(self) -> Sentence:
        s = Sentence("statement")
        first = self.phrase(s)
        s.word("and")
        second = self.phrase(s)
        verb = self.verb(s, "past")
        s.say("agent", verb, first)
        s.say("agent", verb, second)
        return s

    def two_verbs(self) -> Sentence:
        s = Sentence("statement")
        who = self.phrase(s)
        first = s.word(self.any(ALONE["past"]))
        s.say("agent", first, who)
        s.word("and")
        s.say("also", first, self.verb(s, "past"))
        return s

    def reflexive(self) -> Sentence:
        s = Sentence("statement")
        is_woman = self.random.random() < 0.5
        who = s.word(self.any(WOMEN if is_woman else MEN))
        verb = s.word(self.any(TO_ANOTHER["past"]))
        s.say("agent", verb, who)
        s.word("herself" if is_woman else "himself")
        s.say("theme", verb, who)
        return s

    def relative(self) -> Sentence:
        """What a noun is in its clause is said in the sentence, where it has another role."""
        s = Sentence("statement")
        s.word("the")
        who = s.word(self.any(NOUNS))
        s.word(self.any(("who", "that")))
        match self.random.randrange(3):
            case 0:
                s.word(self.any(ALONE["past"]))
            case 1:
                verb = s.word(self.any(TO_ANOTHER["past"]))
                s.say("theme", verb, self.phrase(s))
            case _:
                s.word("was")
                verb = s.word(self.any(TO_ANOTHER["participle"]))
                s.word("by")
                s.say("agent", verb, self.phrase(s))
        s.say("agent", self.verb(s, "past"), who)
        return s

    # -- questions and orders

    def who(self) -> Sentence:
        way = self.random.randrange(4)
        if way == 0:
            return self.wanted("question")
        s = Sentence("question")
        who = s.word("who")
        if way == 1:
            s.word("was")
            s.say("theme", s.word(self.any(TO_ANOTHER["participle"])), who)
            return s
        if way == 2:
            s.word("was")
            older = s.word("older")
            s.say("theme", older, who)
            s.word("than")
            s.say("standard", older, self.phrase(s))
            return s
        s.say("agent", self.verb(s, "past"), who)
        return s

    def whom(self) -> Sentence:
        s = Sentence("question")
        whom = s.word("whom")
        s.word("did")
        who = self.phrase(s)
        verb = s.word(self.any(("see", "help", "give")))
        s.say("agent", verb, who)
        if s.words[verb] == "give":
            s.say("recipient", verb, whom)
            s.say("theme", verb, self.phrase(s))
        else:
            s.say("theme", verb, whom)
        return s

    def what(self) -> Sentence:
        s = Sentence("question")
        what = s.word("what")
        modal = s.word("will") if self.random.random() < 0.5 else s.word("did")
        who = self.phrase(s)
        verb = s.word("give")
        s.say("theme", verb, what)
        s.say("agent", verb, who)
        if s.words[modal] == "will":
            s.say("future", verb, modal)
        if self.random.random() < 0.5:
            s.word("to")
        s.say("recipient", verb, self.phrase(s))
        return s

    def did(self) -> Sentence:
        s = Sentence("question")
        modal = s.word(self.any(("did", "will", "can")))
        who = self.phrase(s)
        verb = self.verb(s, "plain")
        s.say("agent", verb, who)
        if s.words[modal] in MODALS:
            s.say(MODALS[s.words[modal]], verb, modal)
        return s

    def was(self) -> Sentence:
        s = Sentence("question")
        s.word("was")
        what = self.phrase(s)
        s.say("theme", self.participle(s), what)
        return s

    def order(self) -> Sentence:
        s = Sentence("order")
        self.verb(s, "plain")
        return s
