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
/// punctuation each for itself.
pub fn tokens(document: &str) -> usize {
    let mut count = 0;
    let mut chars = document.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '#' => while chars.next_if(|c| *c != '\n').is_some() {},
            '"' => {
                count += 1;
                let mut escaped = false;
                for c in chars.by_ref() {
                    match c {
                        '"' if !escaped => break,
                        '\\' => escaped = !escaped,
                        _ => escaped = false,
                    }
                }
            }
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

/// Fields under another name, fragments counted wherever they are used.
pub fn aliases(document: &ExecutableDocument) -> usize {
    let mut fragments = HashMap::new();
    // A fragment that uses itself is refused by validation; here it must only not hang us.
    for (name, fragment) in &document.fragments {
        fragments.insert(name.as_str(), count(&fragment.node.selection_set.node, &HashMap::new()));
    }
    document.operations.iter().map(|(_, o)| count(&o.node.selection_set.node, &fragments)).sum()
}

fn count(set: &SelectionSet, fragments: &HashMap<&str, usize>) -> usize {
    set.items
        .iter()
        .map(|item| match &item.node {
            Selection::Field(field) => {
                usize::from(field.node.alias.is_some())
                    + count(&field.node.selection_set.node, fragments)
            }
            Selection::InlineFragment(inline) => count(&inline.node.selection_set.node, fragments),
            Selection::FragmentSpread(spread) => {
                fragments.get(spread.node.fragment_name.node.as_str()).copied().unwrap_or(0)
            }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_counted_without_parsing() {
        assert_eq!(tokens("{ a }"), 3);
        assert_eq!(tokens("query Q($a: Int = 1) { a(b: \"x \\\" y\") } # { b }"), 19);
        assert_eq!(tokens(""), 0);
    }

    #[test]
    fn aliases_count_in_fragments_too() {
        let doc = async_graphql::parser::parse_query(
            "{ a: x { b: y } ...F ...F } fragment F on Q { c: z }",
        )
        .unwrap();
        assert_eq!(aliases(&doc), 4);
    }
}
