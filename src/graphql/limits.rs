//! What a document may be.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
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
    /// Bytes of a request body.
    pub body_bytes: usize,
    /// Milliseconds that a request may take.
    pub timeout_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 15,
            complexity: 10_000,
            aliases: 30,
            directives: 10,
            tokens: 3000,
            body_bytes: 256 * 1024,
            timeout_ms: 20_000,
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
