// RASP for tree-sitter: the language of grammar/rasp.lark, rule by rule.
//
// Lines for the REPL (`set example "abc"`, `examples off`, `exit`) end with their line, so
// src/scanner.c finds them.  It allows one thing that the language refuses: a loop without a body.

// Names, except before "(".
const FORMS = ["select", "aggregate", "round", "indicator", "len", "range", "zip", "draw"];


const KEYWORDS = ["def", "for", "in", "return", "not", "and", "or", "if", "else"];

// Loosest first; the groups are those of the language, where `and` and `or` bind alike and `^`
// groups to the left.
const PREC = {
  membership: 1, conditional: 2, logic: 3, comparison: 4, sum: 5, modulo: 6, product: 7, power: 8,
  prefix: 9, postfix: 10,
};

const list = (rule) => seq(rule, repeat(seq(",", rule)));
const listWithComma = (rule) => seq(list(rule), optional(","));

module.exports = grammar({
  name: "rasp",
  word: ($) => $.name,
  extras: ($) => [/[ \t\r\n]/, $.comment],
  externals: ($) => [$.command, $._set_example, $._line_end, $._error_sentinel],
  inline: ($) => [$._any_name],

  rules: {
    program: ($) => repeat(choice($._statement, $.command, $.set_example)),

    set_example: ($) => seq(alias($._set_example, $.command), $._expression, $._line_end),

    // ---- statements

    _statement: ($) =>
      choice($.assignment, $.expression_statement, $.draw, $.load, $.function, $.loop),

    assignment: ($) => seq(field("left", $.targets), "=", field("right", $.expressions), ";"),
    expression_statement: ($) => seq($._expression, ";"),
    draw: ($) =>
      seq("draw", "(", $._expression, optional(seq(",", $._expression)), optional(","), ")", ";"),
    load: ($) => seq("load", $.string, ";"),
    function: ($) =>
      seq(
        "def", field("name", choice($.name, $._load_name, $._reserved, $._form_name)), "(", optional($.parameters), ")",
        "{", repeat($._statement), "return", $.expressions, ";", "}", optional(";"),
      ),
    loop: ($) =>
      seq(
        "for", field("left", $.targets), "in", field("right", $._expression),
        "{", repeat($._statement), "}", optional(";"),
      ),

    targets: ($) => list($._any_name),
    parameters: ($) => listWithComma($._any_name),
    expressions: ($) => list($._expression),

    // ---- expressions

    _expression: ($) => choice($.membership, $._ternary),
    membership: ($) =>
      prec.left(PREC.membership, seq($._expression, optional("not"), "in", $._ternary)),

    _ternary: ($) => choice($.conditional, $._tight),
    conditional: ($) =>
      prec.left(
        PREC.conditional,
        seq(
          field("then", $._ternary), "if", field("condition", $._expression),
          "else", field("otherwise", $._tight),
        ),
      ),

    _tight: ($) => choice($.binary, $.unary, $._postfix),
    binary: ($) => {
      const level = (precedence, ...signs) =>
        prec.left(
          precedence,
          seq(field("left", $._tight), field("operator", choice(...signs)), field("right", $._tight)),
        );
      return choice(
        level(PREC.logic, "and", "or"),
        level(PREC.comparison, ...["==", "!=", "<", "<=", ">", ">="]),
        level(PREC.sum, "+", "-"),
        level(PREC.modulo, "%"),
        level(PREC.product, "*", "/"),
        level(PREC.power, "^"),
      );
    },
    unary: ($) =>
      prec(PREC.prefix, seq(field("operator", choice("not", "-", "+")), field("operand", $._tight))),

    // A word such as `select` is a form before `(`: it is not called.
    _postfix: ($) => choice($._callable, $._soft_name),
    _callable: ($) =>
      choice(
        $.name, $._load_name, $._reserved, $.integer, $.float, $.string, $.group, $.list, $.dict, $.list_comprehension,
        $.dict_comprehension, $.select, $.aggregate, $.builtin, $.index, $.call,
      ),
    index: ($) => prec(PREC.postfix, seq($._postfix, "[", $._expression, "]")),
    call: ($) =>
      prec(PREC.postfix, seq(field("function", $._callable), "(", optional($.arguments), ")")),

    group: ($) => seq("(", $._expression, ")"),
    list: ($) => seq("[", optional($.arguments), "]"),
    dict: ($) => seq("{", optional(listWithComma($.entry)), "}"),
    entry: ($) => seq(field("key", $._expression), ":", field("value", $._expression)),
    list_comprehension: ($) => seq("[", $._expression, repeat1($.clause), "]"),
    dict_comprehension: ($) => seq("{", $.entry, repeat1($.clause), "}"),
    clause: ($) =>
      seq(
        "for", field("left", $.targets), "in",
        choice(
          field("right", $._expression),
          seq(field("right", $._ternary), "if", field("condition", $._expression)),
        ),
      ),
    arguments: ($) => listWithComma($._expression),

    select: ($) =>
      seq(
        "select", "(", $._expression, ",", $._expression, ",",
        field("operator", choice("==", "!=", "<", "<=", ">", ">=")), optional(","), ")",
      ),
    aggregate: ($) =>
      seq(
        "aggregate", "(", $._expression, ",", $._expression,
        optional(seq(",", $._expression)), optional(","), ")",
      ),
    builtin: ($) =>
      choice(
        seq(choice("round", "indicator", "len"), "(", $._expression, optional(","), ")"),
        seq(choice("range", "zip"), "(", $.arguments, ")"),
      ),

    // ---- terminals

    _any_name: ($) => choice($.name, $._load_name, $._soft_name, $._reserved),
    // Where no rule has a keyword tree-sitter would take it for a name: so a rule has it everywhere, in
    // front of something that never comes.
    _reserved: ($) => seq(choice(...KEYWORDS), $._error_sentinel),
    _form_name: ($) => seq(choice(...FORMS), $._error_sentinel),
    _soft_name: ($) => alias(choice(...FORMS), $.name),
    _load_name: ($) => alias("load", $.name),
    name: () => /[A-Za-z_][A-Za-z_0-9]*/,
    float: () => token(/([0-9]+\.[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+/),
    integer: () => /[0-9]+/,
    string: () => /"[^"\r\n]*"/,
    comment: () => /#[^\n]*/,
  },
});
