//! What a document may be.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};
use serde::{Deserialize, Serialize};

/// Limits of documents and requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Nesting of selections.
    pub depth: usize,
    /// Cost: every field costs 1, a list as much as its items.
    pub complexity: usize,
    /// Fields under another name, in the whole document.
    pub aliases: usize,
    /// Directives on one field.
    pub directives: usize,
    /// Lexical tokens.
    pub tokens: usize,
    /// Items of a page; 100 is the most.
    pub page_size: u64,
    /// Bytes of a request body.
    pub body_bytes: usize,
    /// Milliseconds that a request may take.
    pub timeout_ms: u64,
    /// Milliseconds that the headers of a request may take.
    pub header_timeout_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 15,
            complexity: 10_000,
            aliases: 30,
            directives: 10,
            tokens: 3000,
            page_size: 100,
            body_bytes: 256 * 1024,
            timeout_ms: 20_000,
            header_timeout_ms: 10_000,
        }
    }
}

/// Lexical tokens of a document, counted without parsing it: names, numbers and strings count one,
/// punctuation each for itself. It never counts less than the parser sees: where the two could
/// disagree (block strings, comments), the text inside is counted too.
pub fn tokens(document: &str) -> usize {
    let mut count = 0;
    let mut chars = document.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() || c == ',' => {}
            c if c.is_alphanumeric() || c == '_' => {
                count += 1;
                while chars.next_if(|c| c.is_alphanumeric() || *c == '_').is_some() {}
            }
            _ => count += 1,
        }
    }
    count
}

/// Levels of brackets that a document may have: more than any that the depth limit lets through,
/// and few enough for the parser's stack.
pub const MOST_NESTING: usize = 64;

/// The deepest level of brackets of a document, found without parsing it; strings and comments are
/// skipped as the grammar of GraphQL (section 2.1) reads them.
pub fn nesting(document: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    let mut rest = document.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        rest = match byte {
            b'#' => after(tail, |t| matches!(t[0], b'\n' | b'\r'), 1),
            b'"' if tail.starts_with(b"\"\"") => block_string(&tail[2..]),
            b'"' => string(tail),
            _ => tail,
        };
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// What follows the first place where `ends`, with `length` bytes of it left out.
fn after(text: &[u8], ends: impl Fn(&[u8]) -> bool, length: usize) -> &[u8] {
    (0..text.len()).find(|at| ends(&text[*at..])).map_or(&[], |at| &text[at + length..])
}

fn string(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let Some((byte, tail)) = rest.split_first() {
        match byte {
            b'\\' => rest = tail.get(1..).unwrap_or_default(),
            b'"' => return tail,
            _ => rest = tail,
        }
    }
    rest
}

fn block_string(text: &[u8]) -> &[u8] {
    let mut rest = text;
    loop {
        rest = after(rest, |t| t.starts_with(b"\\\"\"\"") || t.starts_with(b"\"\"\""), 0);
        match rest.first() {
            None => return rest,
            Some(b'"') => return &rest[3..],
            Some(_) => rest = &rest[4..],
        }
    }
}

/// A response key that stands more than once at the root of a mutation, if there is one.
pub fn repeated_mutation(document: &ExecutableDocument) -> Option<String> {
    document.operations.iter().find_map(|(_, operation)| {
        let root = &operation.node.selection_set.node;
        (operation.node.ty == OperationType::Mutation)
            .then(|| repeated(root, document, &mut HashSet::new(), &mut HashSet::new()))?
    })
}

fn repeated<'a>(
    set: &'a SelectionSet,
    document: &'a ExecutableDocument,
    keys: &mut HashSet<&'a str>,
    fragments: &mut HashSet<&'a str>,
) -> Option<String> {
    set.items.iter().find_map(|item| match &item.node {
        Selection::Field(field) => {
            let key = field.node.response_key().node.as_str();
            (!keys.insert(key)).then(|| key.to_owned())
        }
        Selection::InlineFragment(inline) => {
            repeated(&inline.node.selection_set.node, document, keys, fragments)
        }
        Selection::FragmentSpread(spread) => {
            let name = spread.node.fragment_name.node.as_str();
            if !fragments.insert(name) {
                return Some(name.to_owned());
            }
            let (_, found) = document.fragments.iter().find(|(n, _)| n.as_str() == name)?;
            repeated(&found.node.selection_set.node, document, keys, fragments)
        }
    })
}

/// How large a document is when every fragment stands where it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Selections.
    pub selections: usize,
    /// Fields under another name.
    pub aliases: usize,
}

impl Size {
    fn and(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            aliases: self.aliases.saturating_add(other.aliases),
        }
    }
}

/// Selections beyond which a document is refused before anything walks through it: fragments that
/// use fragments grow as a power of their number.
pub const MOST_SELECTIONS: usize = 10_000;

/// The size of a document; every fragment is looked at once. `None` if a fragment uses itself.
pub fn size(document: &ExecutableDocument) -> Option<Size> {
    let mut known = HashMap::new();
    let mut total = Size::default();
    for (_, operation) in document.operations.iter() {
        total = total.and(measure(&operation.node.selection_set.node, document, &mut known)?);
    }
    Some(total)
}

/// `Some(None)` marks a fragment that is being measured.
type Known<'a> = HashMap<&'a str, Option<Size>>;

fn measure<'a>(
    set: &'a SelectionSet,
    document: &'a ExecutableDocument,
    known: &mut Known<'a>,
) -> Option<Size> {
    let mut total = Size { selections: set.items.len(), aliases: 0 };
    for item in &set.items {
        total = total.and(match &item.node {
            Selection::Field(field) => {
                let own = usize::from(field.node.alias.is_some());
                measure(&field.node.selection_set.node, document, known)?
                    .and(Size { selections: 0, aliases: own })
            }
            Selection::InlineFragment(inline) => {
                measure(&inline.node.selection_set.node, document, known)?
            }
            Selection::FragmentSpread(spread) => {
                let name = spread.node.fragment_name.node.as_str();
                fragment(name, document, known)?
            }
        });
    }
    Some(total)
}

fn fragment<'a>(
    name: &'a str,
    document: &'a ExecutableDocument,
    known: &mut Known<'a>,
) -> Option<Size> {
    if let Some(size) = known.get(name) {
        return *size;
    }
    // One that is not there is for validation to report.
    let Some((_, found)) = document.fragments.iter().find(|(n, _)| n.as_str() == name) else {
        return Some(Size::default());
    };
    known.insert(name, None);
    let size = measure(&found.node.selection_set.node, document, known)?;
    known.insert(name, Some(size));
    Some(size)
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn tokens_are_never_fewer_than_the_parser_sees() {
        assert_eq!(tokens("{ a }"), 3);
        assert_eq!(tokens(""), 0);
        assert!(tokens(&format!("#\r{{ {} }}", "a ".repeat(5000))) > 5000);
        let hidden =
            format!("{{ x(a: \"\"\" \" \"\"\") {} y(a: \"\"\" \" \"\"\") }}", "z ".repeat(500));
        assert!(tokens(&hidden) > 500);
    }

    #[test]
    fn nesting_is_what_the_parser_would_call_itself_for() {
        assert_eq!(nesting("{ a(x: [[1]]) { b } }"), 4);
        assert_eq!(nesting(&format!("{{ a(x: {}1{}) }}", "[".repeat(500), "]".repeat(500))), 502);
        // What closes in a string or a comment closes nothing.
        let hidden = format!("{{ a(x: {} ) }}", "[\"]\", ".repeat(100));
        assert!(nesting(&hidden) > 100);
        let hidden = format!("{{ a(x: {} ) }}", "[ # ]\n".repeat(100));
        assert!(nesting(&hidden) > 100);
        let hidden = format!("{{ a(x: {} ) }}", "[\"\"\" \\\"\"\" ] \"\"\", ".repeat(100));
        assert!(nesting(&hidden) > 100);
        assert_eq!(nesting("{ a(x: \"((((((\\\"((\") }"), 2);
    }

    #[test]
    fn a_mutation_is_not_done_twice_under_one_key() {
        let found = |text: &str| repeated_mutation(&parse_query(text).unwrap());
        assert_eq!(found("mutation { a { x } b: a { x } }"), None);
        assert_eq!(found("mutation { a { x } a { y } }").as_deref(), Some("a"));
        assert_eq!(
            found("mutation { ...F ... { a } } fragment F on M { a }").as_deref(),
            Some("a")
        );
        assert_eq!(found("mutation { ...F ...F } fragment F on M { a }").as_deref(), Some("F"));
        assert_eq!(found("query { a a }"), None);
    }

    #[test]
    fn fragments_count_wherever_they_are_used() {
        let doc = parse_query(
            "{ a: x { b: y } ...F ...F } fragment F on Q { ...G } fragment G on Q { c: z }",
        )
        .unwrap();
        assert_eq!(size(&doc), Some(Size { selections: 8, aliases: 4 }));
        let cycle = parse_query("{ ...F } fragment F on Q { ...F }").unwrap();
        assert_eq!(size(&cycle), None);
    }

    #[test]
    fn fragments_that_multiply_are_measured_without_walking_them() {
        let fragment = |n: u32| format!("fragment F{n} on Q {{ ...F{0} ...F{0} ...F{0} }}", n + 1);
        let fragments: Vec<String> = (0..60).map(fragment).collect();
        let text = format!("{{ ...F0 }} {} fragment F60 on Q {{ a }}", fragments.join(" "));
        let size = size(&parse_query(text).unwrap()).unwrap();
        assert_eq!(size.selections, usize::MAX);
    }
}
