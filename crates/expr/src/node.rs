//! The tree of a raw expression, independent of the parser that read it.

use serde_json::Value;

use crate::mapped::Seg;
use crate::number::Arithmetic;

/// A raw expression, checked: every formatter and test in it exists.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Const(Value),
    Name(String),
    /// `of.key`
    Attr(Box<Node>, String),
    /// `of[key]`
    Item(Box<Node>, Box<Node>),
    Slice(Box<Slice>),
    Not(Box<Node>),
    Neg(Box<Node>),
    Calculate(Arithmetic, Box<Node>, Box<Node>),
    /// `a ~ b`: joins the text forms.
    Concat(Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    /// `a < b <= c`: every neighbouring pair must hold.
    Compare(Box<Node>, Vec<(Comparison, Node)>),
    If(Box<If>),
    Filter(Box<Call>),
    Test(Box<Call>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Slice {
    pub of: Node,
    pub start: Option<Node>,
    pub stop: Option<Node>,
    pub step: Option<Node>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct If {
    pub test: Node,
    pub yes: Node,
    pub no: Option<Node>,
}

/// A filter (`of | name(args)`) or a test (`of is name(args)`).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub name: String,
    pub of: Node,
    pub args: Vec<Node>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    In,
    NotIn,
}

impl Node {
    /// The root name and path, when the node is nothing but a path with fixed keys.
    pub(crate) fn as_path(&self) -> Option<(&str, Vec<Seg>)> {
        let mut path = Vec::new();
        let mut node = self;
        loop {
            node = match node {
                Node::Name(name) => {
                    path.reverse();
                    return Some((name, path));
                }
                Node::Attr(of, key) => {
                    path.push(Seg::Key(key.clone()));
                    of
                }
                Node::Item(of, key) => {
                    path.push(fixed_key(key)?);
                    of
                }
                _ => return None,
            }
        }
    }

    /// The value, when the node is a literal through and through.
    pub(crate) fn as_const(&self) -> Option<Value> {
        match self {
            Node::Const(value) => Some(value.clone()),
            Node::List(items) => items.iter().map(Node::as_const).collect::<Option<Vec<_>>>().map(Value::Array),
            Node::Map(entries) => entries
                .iter()
                .map(|(key, value)| Some((key.as_const()?.as_str()?.to_owned(), value.as_const()?)))
                .collect::<Option<serde_json::Map<_, _>>>()
                .map(Value::Object),
            _ => None,
        }
    }

    /// The nodes directly below.
    pub(crate) fn children(&self) -> Vec<&Node> {
        match self {
            Node::Const(_) | Node::Name(_) => Vec::new(),
            Node::Attr(of, _) | Node::Not(of) | Node::Neg(of) => vec![of],
            Node::Item(a, b) | Node::Calculate(_, a, b) | Node::Concat(a, b) | Node::And(a, b) | Node::Or(a, b) => vec![a, b],
            Node::Slice(slice) => {
                [Some(&slice.of), slice.start.as_ref(), slice.stop.as_ref(), slice.step.as_ref()].into_iter().flatten().collect()
            }
            Node::Compare(first, rest) => std::iter::once(&**first).chain(rest.iter().map(|(_, node)| node)).collect(),
            Node::If(choice) => [Some(&choice.test), Some(&choice.yes), choice.no.as_ref()].into_iter().flatten().collect(),
            Node::Filter(call) | Node::Test(call) => std::iter::once(&call.of).chain(&call.args).collect(),
            Node::List(items) => items.iter().collect(),
            Node::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
        }
    }
}

fn fixed_key(node: &Node) -> Option<Seg> {
    match node {
        Node::Const(Value::String(key)) => Some(Seg::Key(key.clone())),
        Node::Const(Value::Number(number)) => number.as_u64().and_then(|index| u32::try_from(index).ok()).map(Seg::Index),
        _ => None,
    }
}
