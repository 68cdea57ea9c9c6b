// Lines for the REPL, whose words are names elsewhere: found only in their full shape, only where a
// statement can start.  As rasp/syntax/commands.py.

#include <string.h>

#include "tree_sitter/parser.h"

enum Token { COMMAND, SET_EXAMPLE, LINE_END, ERROR_SENTINEL };

enum { MAX_WORDS = 6, MAX_LENGTH = 12 };

typedef char Word[MAX_LENGTH];

void *tree_sitter_rasp_external_scanner_create(void) { return NULL; }
void tree_sitter_rasp_external_scanner_destroy(void *payload) {}
unsigned tree_sitter_rasp_external_scanner_serialize(void *payload, char *buffer) { return 0; }
void tree_sitter_rasp_external_scanner_deserialize(void *payload, const char *buffer,
                                                   unsigned length) {}

static bool is_blank(int32_t c) { return c == ' ' || c == '\t' || c == '\r'; }

static bool is_letter(int32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool at_line_end(TSLexer *lexer) {
  int32_t c = lexer->lookahead;
  return c == '\n' || c == '#' || lexer->eof(lexer);
}

static void skip_blanks(TSLexer *lexer) {
  while (is_blank(lexer->lookahead)) lexer->advance(lexer, false);
}

static void skip_space(TSLexer *lexer) {
  while (is_blank(lexer->lookahead) || lexer->lookahead == '\n') lexer->advance(lexer, true);
}

// The next word or sign of the line.  False if there is none that such lines have.
static bool read_word(TSLexer *lexer, Word word) {
  unsigned length = 0;
  if (is_letter(lexer->lookahead)) {
    while (is_letter(lexer->lookahead)) {
      if (length == MAX_LENGTH - 1) return false;
      word[length++] = (char)lexer->lookahead;
      lexer->advance(lexer, false);
    }
  } else if (lexer->lookahead == '-' || lexer->lookahead == '(' || lexer->lookahead == ')') {
    word[length++] = (char)lexer->lookahead;
    lexer->advance(lexer, false);
  }
  word[length] = 0;
  return length > 0;
}

static bool is(Word *words, unsigned n_words, const char *const *shape, unsigned n_shape) {
  if (n_words != n_shape) return false;
  for (unsigned i = 0; i < n_shape; i++) {
    if (strcmp(words[i], shape[i]) != 0) return false;
  }
  return true;
}

#define IS(...)                                          \
  is(words, n_words, (const char *const[]){__VA_ARGS__}, \
     sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static bool is_set_example(Word *words, unsigned n_words) {
  return IS("set", "example") || IS("set", "selector", "example") ||
         IS("set", "s", "-", "op", "example");
}

static bool is_command(Word *words, unsigned n_words) {
  return IS("exit") || IS("quit") || IS("exit", "(", ")") || IS("quit", "(", ")") ||
         IS("show", "example") || IS("show", "selector", "example") ||
         IS("show", "s", "-", "op", "example") || IS("examples", "on") || IS("examples", "off") ||
         IS("selector", "examples", "on") || IS("selector", "examples", "off") ||
         IS("s", "-", "op", "examples", "on") || IS("s", "-", "op", "examples", "off") ||
         IS("full", "seq", "display", "on") || IS("full", "seq", "display", "off");
}

static bool scan_line_end(TSLexer *lexer) {
  while (is_blank(lexer->lookahead)) lexer->advance(lexer, true);
  lexer->mark_end(lexer);
  if (lexer->lookahead == ';') {
    lexer->advance(lexer, false);
    lexer->mark_end(lexer);
  } else if (!at_line_end(lexer)) {
    return false;
  }
  lexer->result_symbol = LINE_END;
  return true;
}

static bool scan_line(TSLexer *lexer) {
  Word words[MAX_WORDS];
  unsigned n_words = 0;
  skip_space(lexer);
  while (n_words < MAX_WORDS && read_word(lexer, words[n_words])) {
    n_words++;
    if (is_set_example(words, n_words)) {
      lexer->mark_end(lexer);
      lexer->result_symbol = SET_EXAMPLE;
      return true;
    }
    lexer->mark_end(lexer);
    skip_blanks(lexer);
    if (lexer->lookahead == ';' && is_command(words, n_words)) {
      lexer->advance(lexer, false);
      lexer->mark_end(lexer);
    } else if (!at_line_end(lexer)) {
      continue;
    }
    lexer->result_symbol = COMMAND;
    return is_command(words, n_words);
  }
  return false;
}

bool tree_sitter_rasp_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  if (valid[ERROR_SENTINEL]) return false;  // while an error is being mended all are valid
  if (valid[LINE_END]) return scan_line_end(lexer);
  return valid[COMMAND] && scan_line(lexer);
}
