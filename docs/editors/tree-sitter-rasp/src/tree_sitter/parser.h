// What parser.c and scanner.c are written in: the layout of ABI 14, by which tree-sitter's library reads
// a parser.  Fields stand in the order, and have the sizes, that the library expects.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { ts_builtin_sym_end = 0 };
#define ts_builtin_sym_error UINT16_MAX
#define TREE_SITTER_SERIALIZATION_BUFFER_SIZE 1024  // bytes that a scanner may keep

typedef uint16_t TSStateId;
typedef uint16_t TSSymbol;
typedef uint16_t TSFieldId;

// The text, one character after the other; the library hands it to ts_lex and to the scanner.
typedef struct TSLexer TSLexer;
struct TSLexer {
  int32_t lookahead;
  TSSymbol result_symbol;
  void (*advance)(TSLexer *, bool skip);
  void (*mark_end)(TSLexer *);
  uint32_t (*get_column)(TSLexer *);
  bool (*is_at_included_range_start)(const TSLexer *);
  bool (*eof)(const TSLexer *);
};

typedef struct { uint16_t lex_state, external_lex_state; } TSLexMode;
typedef struct { bool visible, named, supertype; } TSSymbolMetadata;
typedef struct { uint16_t index, length; } TSFieldMapSlice;
typedef struct { TSFieldId field; uint8_t child; bool inherited; } TSFieldMapEntry;

// What the parser does in a state: a list of actions, with their number in front of them.
enum { DO_SHIFT, DO_REDUCE, DO_ACCEPT, DO_RECOVER };

typedef union {
  uint8_t kind;
  struct { uint8_t kind; TSStateId to; bool extra, repetition; } shifted;
  struct {
    uint8_t kind, child_count;
    TSSymbol symbol;
    int16_t dynamic_precedence;
    uint16_t production_id;
  } reduced;
} TSParseAction;

typedef union {
  TSParseAction action;
  struct { uint8_t count; bool reusable; } entry;
} TSParseActionEntry;

typedef struct {
  uint32_t version, symbol_count, alias_count, token_count, external_token_count;
  uint32_t state_count, large_state_count, production_id_count, field_count;
  uint16_t max_alias_sequence_length;
  const uint16_t *parse_table, *small_parse_table;
  const uint32_t *small_parse_table_map;
  const TSParseActionEntry *parse_actions;
  const char *const *symbol_names, *const *field_names;
  const TSFieldMapSlice *field_map_slices;
  const TSFieldMapEntry *field_map_entries;
  const TSSymbolMetadata *symbol_metadata;
  const TSSymbol *public_symbol_map;
  const uint16_t *alias_map;
  const TSSymbol *alias_sequences;
  const TSLexMode *lex_modes;
  bool (*lex_fn)(TSLexer *, TSStateId);
  bool (*keyword_lex_fn)(TSLexer *, TSStateId);
  TSSymbol keyword_capture_token;
  struct {
    const bool *states;
    const TSSymbol *symbol_map;
    void *(*create)(void);
    void (*destroy)(void *);
    bool (*scan)(void *, TSLexer *, const bool *valid);
    unsigned (*serialize)(void *, char *);
    void (*deserialize)(void *, const char *, unsigned);
  } external_scanner;
  const TSStateId *primary_state_ids;
} TSLanguage;

// The words of the lexer's states: `again` reads the next character, `here` looks at this one.
#define START_LEXER()                             \
  bool result = false, skip = false, eof = false; \
  int32_t lookahead;                              \
  goto here;                                      \
  again:                                          \
  lexer->advance(lexer, skip);                    \
  here:                                           \
  skip = false;                                   \
  lookahead = lexer->lookahead;                   \
  (void)eof;
#define ADVANCE(next) { state = next; goto again; }
#define SKIP(next) { skip = true; ADVANCE(next) }
#define ACCEPT_TOKEN(symbol) { result = true; lexer->result_symbol = symbol; lexer->mark_end(lexer); }
#define END_STATE() return result;

// The words of the tables.
#define SMALL_STATE(number) ((number) - LARGE_STATE_COUNT)
#define STATE(number) number
#define ACTIONS(number) number
#define SHIFT(state) {{.shifted = {DO_SHIFT, state, false, false}}}
#define SHIFT_REPEAT(state) {{.shifted = {DO_SHIFT, state, false, true}}}
#define SHIFT_EXTRA() {{.shifted = {DO_SHIFT, 0, true, false}}}
#define REDUCE(what, children, ...) \
  {{.reduced = {.kind = DO_REDUCE, .child_count = children, .symbol = what, __VA_ARGS__}}}
#define ACCEPT_INPUT() {{.kind = DO_ACCEPT}}
#define RECOVER() {{.kind = DO_RECOVER}}
