"""What an editor asks -> what is answered, in the words of the protocol.

Each answer is that of a `TextDocument` or a `Project`; here are only translations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from rasp.errors import RaspError
from rasp.lsp import colours
from rasp.lsp.document import Completion, TextDocument
from rasp.lsp.layout import Change, changes
from rasp.lsp.outline import Symbol, outline
from rasp.lsp.project import Use
from rasp.syntax.scopes import Occurrence
from rasp.visible import printable

if TYPE_CHECKING:
    from rasp.lsp.server import RaspServer

MOST_COMPLETIONS = (
    2_000  # of more, an editor gets those that begin as what is written, and asks again
)
MAX_DEPTH = 50  # of symbols within each other that an editor is told of

_COMPLETION_KINDS = {
    "local": types.CompletionItemKind.Variable,
    "s-op": types.CompletionItemKind.Variable,
    "selector": types.CompletionItemKind.Variable,
    "value": types.CompletionItemKind.Constant,
    "function": types.CompletionItemKind.Function,
    "keyword": types.CompletionItemKind.Keyword,
}
_SYMBOL_KINDS = {"function": types.SymbolKind.Function, "variable": types.SymbolKind.Variable}


def register(server: RaspServer) -> None:
    """Makes the server answer."""
    _register_names(server)
    _register_writing(server)
    _register_layout(server)


def refusal(message: str) -> JsonRpcException:
    """What the editor shows where something cannot be done."""
    return JsonRpcException(printable(message), types.LSPErrorCodes.RequestFailed.value)


def markdown(text: str) -> types.MarkupContent:
    return types.MarkupContent(types.MarkupKind.Markdown, text)


# ---- names: what they are, where they are, what else they could be called


def _register_names(server: RaspServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def _hover(params: types.HoverParams) -> types.Hover | None:
        document = server.document(params.text_document.uri)
        text = document.hover(server.offset(document, params.position))
        return None if text is None else types.Hover(markdown(text))

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def _definition(params: types.DefinitionParams) -> types.Location | None:
        document = server.document(params.text_document.uri)
        place = document.definition(server.offset(document, params.position))
        return None if place is None else server.location(place, params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def _references(params: types.ReferenceParams) -> list[types.Location]:
        uri = params.text_document.uri
        return [
            types.Location(server.uri(use.path, uri), server.range(use.span))
            for use in _uses(server, uri, params.position)
            if params.context.include_declaration or not use.binds
        ]

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def _highlight(params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
        uri = params.text_document.uri
        write, read = types.DocumentHighlightKind.Write, types.DocumentHighlightKind.Read
        document = server.document(uri)
        return [
            types.DocumentHighlight(server.range(use.span), write if use.binds else read)
            for use in _uses(server, uri, params.position)
            if use.path == document.path
        ]

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def _prepare(params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        uri = params.text_document.uri
        occurrence = _occurrence(server, uri, params.position)
        if occurrence is None:
            return None
        try:
            server.project(uri).check_renamable(occurrence)
        except RaspError as error:
            raise refusal(error.message) from None
        return types.PrepareRenamePlaceholder(server.range(occurrence.span), occurrence.name)

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def _rename(params: types.RenameParams) -> types.WorkspaceEdit:
        uri = params.text_document.uri
        occurrence = _occurrence(server, uri, params.position)
        if occurrence is None:
            raise refusal("there is no name here that could be changed")
        try:
            uses = server.project(uri).renamed(occurrence, params.new_name)
        except RaspError as error:
            raise refusal(error.message) from None
        return _edit(server, uri, uses, params.new_name)


def _occurrence(server: RaspServer, uri: str, position: types.Position) -> Occurrence | None:
    document = server.document(uri)
    return document.scopes.at(server.offset(document, position))


def _uses(server: RaspServer, uri: str, position: types.Position) -> list[Use]:
    project = server.project(uri)
    document = server.document(uri)
    occurrence = project.scopes().at(server.offset(document, position))
    return [] if occurrence is None else project.uses(occurrence)


def _edit(server: RaspServer, uri: str, uses: Iterable[Use], name: str) -> types.WorkspaceEdit:
    edits: defaultdict[str, list[types.TextEdit]] = defaultdict(list)
    for use in uses:
        edits[server.uri(use.path, uri)].append(types.TextEdit(server.range(use.span), name))
    return types.WorkspaceEdit(changes=dict(edits))


# ---- writing: what can be written, how it is called, what was meant


def _register_writing(server: RaspServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(resolve_provider=True))
    def _completion(params: types.CompletionParams) -> types.CompletionList:
        uri = params.text_document.uri
        if before := server.slow_document(uri):
            found = before.completions_anywhere()
        else:
            document = server.document(uri)
            found = document.completions(server.offset(document, params.position))
        if is_cut := len(found) > MOST_COMPLETIONS:
            written = server.workspace.get_text_document(uri).word_at_position(params.position)
            found = tuple(one for one in found if one.name.startswith(written))[:MOST_COMPLETIONS]
        return types.CompletionList(is_cut, [_item(completion, uri) for completion in found])

    @server.feature(types.COMPLETION_ITEM_RESOLVE)
    def _resolve(item: types.CompletionItem) -> types.CompletionItem:
        uri = item.data
        if not isinstance(uri, str) or uri not in server.workspace.text_documents:
            return item
        known = server.document(uri).documentation(item.label)
        if known is not None and item.kind != types.CompletionItemKind.Keyword:
            item.detail, item.documentation = known[0], markdown(known[1])
        return item

    @server.feature(
        types.TEXT_DOCUMENT_SIGNATURE_HELP,
        types.SignatureHelpOptions(trigger_characters=["(", ","], retrigger_characters=[","]),
    )
    def _signature(params: types.SignatureHelpParams) -> types.SignatureHelp | None:
        document = server.document(params.text_document.uri)
        found = document.signature(server.offset(document, params.position))
        if found is None:
            return None
        parameters = [types.ParameterInformation(place) for place in found.parameters]
        information = types.SignatureInformation(found.usage, markdown(found.text), parameters)
        return types.SignatureHelp([information], 0, found.active)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]),
    )
    def _actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        uri = params.text_document.uri
        document = server.document(uri)
        wanted = params.context.only
        if wanted and not any(
            types.CodeActionKind.QuickFix.value.startswith(str(kind)) for kind in wanted
        ):
            return []
        first = server.offset(document, params.range.start)
        last = server.offset(document, params.range.end)
        return list(_quick_fixes(server, document, uri, first, last))


def _item(completion: Completion, uri: str) -> types.CompletionItem:
    return types.CompletionItem(completion.name, kind=_COMPLETION_KINDS[completion.kind], data=uri)


def _quick_fixes(
    server: RaspServer, document: TextDocument, uri: str, first: int, last: int
) -> Iterable[types.CodeAction]:
    for problem in document.problems:
        if problem.start > last or problem.end < first:
            continue
        for number, fix in enumerate(problem.fixes):
            span = document.span(fix.start, fix.end)
            edit = types.TextEdit(server.range(span), fix.text)
            yield types.CodeAction(
                fix.title,
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[server.diagnostic(problem, document, uri)],
                is_preferred=number == 0,
                edit=types.WorkspaceEdit(changes={uri: [edit]}),
            )


# ---- layout: canonical form, outline, colours


def _register_layout(server: RaspServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def _format(params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        return _formatted(server, server.document(params.text_document.uri), 0, None)

    @server.feature(types.TEXT_DOCUMENT_RANGE_FORMATTING)
    def _format_range(params: types.DocumentRangeFormattingParams) -> list[types.TextEdit] | None:
        document = server.document(params.text_document.uri)
        start, end = params.range.start, params.range.end
        # Whole lines are marked up to the beginning of the next one.
        last = end.line - 1 if end.character == 0 and end.line > start.line else end.line
        return _formatted(server, document, start.line, last)

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def _symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        document = server.document(params.text_document.uri)
        symbols = outline(document.file.parsed.module.items)
        return [_symbol(server, symbol, MAX_DEPTH) for symbol in symbols]

    @server.feature(
        types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
        types.SemanticTokensLegend(list(colours.KINDS), list(colours.MODIFIERS)),
    )
    def _tokens(params: types.SemanticTokensParams) -> types.SemanticTokens:
        return _coloured(server, server.document(params.text_document.uri))


def _formatted(
    server: RaspServer, document: TextDocument, first: int, last: int | None
) -> list[types.TextEdit] | None:
    """None for a text with a mistake, which its diagnostics tell."""
    try:
        found = changes(document.source, first, last)
    except RaspError:
        return None
    return [_text_edit(server, document, change) for change in found]


def _text_edit(server: RaspServer, document: TextDocument, change: Change) -> types.TextEdit:
    return types.TextEdit(server.range(document.span(change.start, change.end)), change.text)


def _symbol(server: RaspServer, symbol: Symbol, depth: int) -> types.DocumentSymbol:
    inner = symbol.children if depth else ()
    return types.DocumentSymbol(
        symbol.name,
        _SYMBOL_KINDS[symbol.kind],
        server.range(symbol.span),
        server.range(symbol.name_span),
        symbol.detail or None,
        children=[_symbol(server, child, depth - 1) for child in inner],
    )


def _coloured(server: RaspServer, document: TextDocument) -> types.SemanticTokens:
    """Five numbers for each piece: lines and units since the last, length, kind, modifiers."""
    numbers: list[int] = []
    line = unit = 0
    for piece in colours.pieces(document.source, document.scopes):
        place = server.range(document.span(piece.start, piece.end))
        if place.start.line != line:
            unit = 0
        modifiers = sum(1 << colours.MODIFIERS.index(name) for name in piece.modifiers)
        numbers += [
            place.start.line - line,
            place.start.character - unit,
            place.end.character - place.start.character,
            colours.KINDS.index(piece.kind),
            modifiers,
        ]
        line, unit = place.start.line, place.start.character
    return types.SemanticTokens(numbers)
