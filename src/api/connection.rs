//! Relay connections, forward only.
//!
//! Objects of lists are `serial`: their fields are resolved one after another, in the order of the
//! document. Most are in memory, and need no future of their own for each of fifty times ten fields;
//! what loaders fetch is batched across the items all the same.

use async_graphql::SimpleObject;

use crate::kernel::page::{Cursor, Page};

/// Where a page lies in its list.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(serial)]
pub struct PageInfo {
    /// Whether there are items behind this page.
    pub has_next_page: bool,
    /// Whether there are items before this page.
    pub has_previous_page: bool,
    /// Cursor of the first item of this page.
    pub start_cursor: Option<String>,
    /// Cursor of the last item of this page; pass it as `after` to go on.
    pub end_cursor: Option<String>,
}

/// The page info of a page whose cursors are made by `cursor`.
pub fn page_info<T>(page: &Page<T>, cursor: impl Fn(&T) -> Cursor) -> PageInfo {
    PageInfo {
        has_next_page: page.more,
        has_previous_page: page.later,
        start_cursor: page.rows.first().map(|row| cursor(row).encode()),
        end_cursor: page.rows.last().map(|row| cursor(row).encode()),
    }
}

/// Declares the connection of a type.
macro_rules! connection {
    ($connection:ident, $edge:ident, $node:ty, $what:literal) => {
        #[doc = concat!("A page of ", $what, ".")]
        #[derive(Clone, async_graphql::SimpleObject)]
        #[graphql(complex, serial)]
        pub struct $connection {
            /// Items.
            pub nodes: Vec<$node>,
            /// Where the page lies.
            pub page_info: $crate::api::PageInfo,
            /// Items of the whole list; counted only when asked for.
            pub total_count: i64,
            #[graphql(skip)]
            cursors: Vec<$crate::kernel::page::Cursor>,
        }

        #[async_graphql::ComplexObject]
        impl $connection {
            /// Items with their cursors.
            async fn edges(&self) -> Vec<$edge> {
                let edge = |(node, cursor): (&$node, &$crate::kernel::page::Cursor)| $edge {
                    cursor: cursor.encode(),
                    node: node.clone(),
                };
                self.nodes.iter().zip(&self.cursors).map(edge).collect()
            }
        }

        #[doc = concat!("An item of a page of ", $what, ".")]
        #[derive(Clone, async_graphql::SimpleObject)]
        #[graphql(serial)]
        pub struct $edge {
            /// Position of the item.
            pub cursor: String,
            /// The item.
            pub node: $node,
        }

        impl $connection {
            /// A connection from a page of rows.
            pub fn new<T>(
                page: $crate::kernel::page::Page<T>,
                cursor: impl Fn(&T) -> $crate::kernel::page::Cursor,
                total_count: i64,
                wrap: impl Fn(T) -> $node,
            ) -> Self {
                let page_info = $crate::api::page_info(&page, &cursor);
                let cursors = page.rows.iter().map(&cursor).collect();
                let nodes = page.rows.into_iter().map(wrap).collect();
                Self { nodes, page_info, total_count, cursors }
            }
        }
    };
}
pub(crate) use connection;
