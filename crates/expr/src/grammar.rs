//! Reads raw expressions with minijinja's parser, and nothing else of minijinja.
//!
//! Its virtual machine is left out on purpose: it folds constants while compiling, and a single `*` may build 100 MB of text, neither of
//! which any fuel bounds. Evaluation over JSON is in `expression.rs`. The parser's interface is marked unstable; only this file sees it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use minijinja::machinery::{Token, ast, parse_expr, tokenize};
use minijinja::value::ValueKind;
use serde_json::Value;

use crate::error::EvalError;
use crate::format;
use crate::nesting::Nesting;
use crate::node::{Call, Comparison, If, Node, Slice};
use crate::number::{Arithmetic, Num};
use crate::tests_of;

/// Longest text of one raw expression, in characters.
pub(crate) const MAX_CHARS: usize = 10_000;
/// Expressions kept by a thread.
const CACHED: usize = 256;

type Parsed = Rc<Result<Node, EvalError>>;

thread_local! {
    static CACHE: RefCell<HashMap<String, Parsed>> = RefCell::new(HashMap::new());
}

/// The tree of an expression; each thread keeps the ones it used last.
pub(crate) fn parse(source: &str) -> Parsed {
    if let Some(known) = CACHE.with_borrow(|cache| cache.get(source).cloned()) {
        return known;
    }
    let parsed = Rc::new(read(source));
    if source.len() <= MAX_CHARS {
        CACHE.with_borrow_mut(|cache| {
            if cache.len() >= CACHED {
                cache.clear();
            }
            cache.insert(source.to_owned(), Rc::clone(&parsed));
        });
    }
    parsed
}

fn read(source: &str) -> Result<Node, EvalError> {
    if source.len() > MAX_CHARS && source.chars().count() > MAX_CHARS {
        return Err(EvalError::limit(format!("An expression may have at most {MAX_CHARS} characters.")));
    }
    if source.trim().is_empty() {
        return Err(EvalError::syntax("The expression is empty."));
    }
    measure(source)?;
    let tree = parse_expr(source).map_err(|error| unreadable(source, &error))?;
    lower(&tree)
}

/// Refuses what would nest too deep, before the parser recurses into it.
fn measure(source: &str) -> Result<(), EvalError> {
    let mut nesting = Nesting::default();
    for token in tokenize(source, true, Default::default()) {
        let (token, _) = token.map_err(|error| unreadable(source, &error))?;
        match token {
            Token::TemplateData(_) | Token::VariableStart | Token::VariableEnd | Token::BlockStart | Token::BlockEnd => {
                return Err(EvalError::syntax("An expression ends before `}}`, and holds no `{%`."));
            }
            Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => nesting.open(),
            Token::ParenClose | Token::BracketClose | Token::BraceClose => nesting.close(),
            Token::Comma | Token::Colon => nesting.separate(),
            Token::Dot => nesting.postfix(),
            Token::Ident("else") => {
                nesting.elses += 1;
                nesting.operator();
            }
            Token::Ident("and" | "or" | "not" | "if" | "is" | "in") => nesting.operator(),
            Token::Ident(_) | Token::Str(_) | Token::String(_) | Token::Int(_) | Token::Int128(_) | Token::Float(_) => {}
            _ => nesting.operator(),
        }
        if nesting.too_deep() {
            return Err(EvalError::limit("The expression is too complex: split it over several steps."));
        }
    }
    Ok(())
}

fn unreadable(source: &str, error: &minijinja::Error) -> EvalError {
    let shown: String = source.chars().take(60).collect();
    EvalError::syntax(format!("`{shown}` cannot be read: {}.", error.detail().unwrap_or("it is not an expression")))
}

/// One function for each kind of node: in a single one, every level of nesting would pay stack for all of them.
fn lower(tree: &ast::Expr<'_>) -> Lowered {
    match tree {
        ast::Expr::Var(var) => Ok(name(var.id)),
        ast::Expr::Const(constant) => literal(&constant.value).map(Node::Const),
        ast::Expr::GetAttr(attr) => Ok(Node::Attr(boxed(&attr.expr)?, attr.name.to_owned())),
        ast::Expr::GetItem(item) => Ok(Node::Item(boxed(&item.expr)?, boxed(&item.subscript_expr)?)),
        ast::Expr::Slice(part) => slice(part),
        ast::Expr::UnaryOp(operation) => unary(operation),
        ast::Expr::BinOp(operation) => binary(operation),
        ast::Expr::Compare(chain) => compare(chain),
        ast::Expr::IfExpr(choice) => choose(choice),
        ast::Expr::Filter(applied) => filter(applied),
        ast::Expr::Test(applied) => test(applied),
        ast::Expr::Call(call) => Err(not_callable(&call.expr)),
        ast::Expr::List(list) => all(&list.items).map(Node::List),
        ast::Expr::Tuple(tuple) => all(&tuple.items).map(Node::List),
        ast::Expr::Map(entries) => map(entries),
    }
}

type Lowered = Result<Node, EvalError>;

fn boxed(tree: &ast::Expr<'_>) -> Result<Box<Node>, EvalError> {
    lower(tree).map(Box::new)
}

fn all(trees: &[ast::Expr<'_>]) -> Result<Vec<Node>, EvalError> {
    trees.iter().map(lower).collect()
}

fn name(name: &str) -> Node {
    if name == "null" { Node::Const(Value::Null) } else { Node::Name(name.to_owned()) }
}

fn slice(slice: &ast::Slice<'_>) -> Lowered {
    let part = |part: &Option<ast::Expr<'_>>| part.as_ref().map(lower).transpose();
    let (start, stop, step) = (part(&slice.start)?, part(&slice.stop)?, part(&slice.step)?);
    Ok(Node::Slice(Box::new(Slice { of: lower(&slice.expr)?, start, stop, step })))
}

fn unary(operation: &ast::UnaryOp<'_>) -> Lowered {
    let of = boxed(&operation.expr)?;
    match (&operation.op, &*of) {
        (ast::UnaryOpKind::Not, _) => Ok(Node::Not(of)),
        (ast::UnaryOpKind::Neg, Node::Const(Value::Number(number))) => negated(Num::of(number)).into_value().map(Node::Const),
        (ast::UnaryOpKind::Neg, _) => Ok(Node::Neg(of)),
    }
}

fn binary(operation: &ast::BinOp<'_>) -> Lowered {
    use ast::BinOpKind as Kind;
    let (left, right) = (boxed(&operation.left)?, boxed(&operation.right)?);
    let op = match operation.op {
        Kind::Concat => return Ok(Node::Concat(left, right)),
        Kind::ScAnd => return Ok(Node::And(left, right)),
        Kind::ScOr => return Ok(Node::Or(left, right)),
        Kind::Add => Ok(Arithmetic::Add),
        Kind::Sub => Ok(Arithmetic::Sub),
        Kind::Mul => Ok(Arithmetic::Mul),
        Kind::Div => Ok(Arithmetic::Div),
        Kind::FloorDiv => Ok(Arithmetic::FloorDiv),
        Kind::Rem => Ok(Arithmetic::Rem),
        Kind::Pow => Ok(Arithmetic::Pow),
        Kind::Eq => Err(Comparison::Equal),
        Kind::Ne => Err(Comparison::NotEqual),
        Kind::Lt => Err(Comparison::Less),
        Kind::Lte => Err(Comparison::AtMost),
        Kind::Gt => Err(Comparison::Greater),
        Kind::Gte => Err(Comparison::AtLeast),
        Kind::In => Err(Comparison::In),
    };
    Ok(match op {
        Ok(arithmetic) => Node::Calculate(arithmetic, left, right),
        Err(comparison) => Node::Compare(left, vec![(comparison, *right)]),
    })
}

fn compare(chain: &ast::Compare<'_>) -> Lowered {
    let mut rest = Vec::with_capacity(chain.ops.len());
    for link in &chain.ops {
        rest.push((comparison(link.op), lower(&link.expr)?));
    }
    Ok(Node::Compare(boxed(&chain.expr)?, rest))
}

fn choose(choice: &ast::IfExpr<'_>) -> Lowered {
    let no = choice.false_expr.as_ref().map(lower).transpose()?;
    Ok(Node::If(Box::new(If { test: lower(&choice.test_expr)?, yes: lower(&choice.true_expr)?, no })))
}

fn filter(filter: &ast::Filter<'_>) -> Lowered {
    format::check(filter.name, filter.args.len())?;
    let of = filter.expr.as_ref().ok_or_else(|| EvalError::syntax("A formatter needs a value before `|`."))?;
    Ok(Node::Filter(Box::new(Call { name: filter.name.to_owned(), of: lower(of)?, args: arguments(&filter.args)? })))
}

fn test(test: &ast::Test<'_>) -> Lowered {
    tests_of::check(test.name, test.args.len())?;
    Ok(Node::Test(Box::new(Call { name: test.name.to_owned(), of: lower(&test.expr)?, args: arguments(&test.args)? })))
}

fn map(map: &ast::Map<'_>) -> Lowered {
    let entries = map.keys.iter().zip(&map.values).map(|(key, value)| Ok((lower(key)?, lower(value)?)));
    entries.collect::<Result<_, EvalError>>().map(Node::Map)
}

fn comparison(op: ast::CompareOpKind) -> Comparison {
    match op {
        ast::CompareOpKind::Eq => Comparison::Equal,
        ast::CompareOpKind::Ne => Comparison::NotEqual,
        ast::CompareOpKind::Lt => Comparison::Less,
        ast::CompareOpKind::Lte => Comparison::AtMost,
        ast::CompareOpKind::Gt => Comparison::Greater,
        ast::CompareOpKind::Gte => Comparison::AtLeast,
        ast::CompareOpKind::In => Comparison::In,
        ast::CompareOpKind::NotIn => Comparison::NotIn,
    }
}

fn arguments(args: &[ast::CallArg<'_>]) -> Result<Vec<Node>, EvalError> {
    args.iter()
        .map(|arg| match arg {
            ast::CallArg::Pos(value) => lower(value),
            _ => Err(EvalError::syntax("Arguments are given in order, without names or `*`.")),
        })
        .collect()
}

fn not_callable(called: &ast::Expr<'_>) -> EvalError {
    let name = match called {
        ast::Expr::Var(var) => var.id,
        ast::Expr::GetAttr(attr) => attr.name,
        _ => return EvalError::syntax("There are no functions here; formatters follow `|`."),
    };
    let hint = if format::find(name).is_some() {
        format!(": write `| {name}` after the value.")
    } else {
        "; formatters follow `|`.".to_owned()
    };
    EvalError::syntax(format!("There is no function `{name}`{hint}"))
}

/// What [`Num`] negates to, exactly.
pub(crate) fn negated(number: Num) -> Num {
    match number {
        Num::Int(int) => Num::Int(-int),
        Num::Float(float) => Num::Float(-float),
    }
}

fn literal(value: &minijinja::Value) -> Result<Value, EvalError> {
    let unknown = || EvalError::syntax("The expression holds a literal that is not known here.");
    match value.kind() {
        ValueKind::None => Ok(Value::Null),
        ValueKind::Bool => Ok(Value::Bool(value.is_true())),
        ValueKind::String => value.as_str().map(Value::from).ok_or_else(unknown),
        ValueKind::Number if value.is_integer() => match i128::try_from(value.clone()) {
            Ok(int) if int <= i128::from(u64::MAX) => Num::Int(int).into_value(),
            _ => Err(EvalError::syntax("A number in the expression is too large.")),
        },
        ValueKind::Number => f64::try_from(value.clone()).map_err(|_| unknown()).and_then(|float| Num::Float(float).into_value()),
        _ => Err(unknown()),
    }
}
