//! How deep an expression's tree will be, known from its tokens alone.
//!
//! The tree is parsed, walked and dropped by recursion, on threads of 2 MB and in browsers of 1 MB.

/// Levels of the tree.
const MAX_DEPTH: usize = 96;
/// Open brackets at one place; the parser's own recursion costs more than the tree's.
const MAX_BRACKETS: usize = 24;
/// `else`s in one expression: the parser recurses into each.
const MAX_ELSES: usize = 24;

/// An upper bound of the depth so far.
#[derive(Default)]
pub(crate) struct Nesting {
    groups: Vec<Group>,
    current: Group,
    pub elses: usize,
}

/// The tokens between two brackets.
#[derive(Default)]
struct Group {
    /// Since the last comma: each operator may add a level.
    operators: usize,
    /// Dots and brackets since the last operator: they nest one operand only.
    postfixes: usize,
    /// The deepest operand since the last comma.
    operand: usize,
    /// The deepest part between commas so far.
    deepest: usize,
}

impl Group {
    fn depth(&self) -> usize {
        self.deepest.max(self.operators + self.operand)
    }
}

impl Nesting {
    pub(crate) fn operator(&mut self) {
        self.current.operators += 1;
        self.current.postfixes = 0;
    }

    pub(crate) fn postfix(&mut self) {
        self.current.postfixes += 1;
        self.current.operand = self.current.operand.max(self.current.postfixes);
    }

    pub(crate) fn separate(&mut self) {
        self.current = Group { deepest: self.current.depth(), ..Group::default() };
    }

    pub(crate) fn open(&mut self) {
        self.groups.push(std::mem::take(&mut self.current));
    }

    pub(crate) fn close(&mut self) {
        let inside = self.current.depth();
        self.current = self.groups.pop().unwrap_or_default();
        // What follows, as in `(a)(b).c`, nests around all of it.
        self.current.postfixes += inside + 1;
        self.current.operand = self.current.operand.max(self.current.postfixes);
    }

    pub(crate) fn too_deep(&self) -> bool {
        let open: usize = self.groups.iter().map(|group| group.operators + group.operand + 1).sum();
        self.groups.len() > MAX_BRACKETS || self.elses > MAX_ELSES || open + self.current.depth() > MAX_DEPTH
    }
}
