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
use crate::node::{Call, Comparison, If, Node, Slice};
use crate::number::{Arithmetic, Num};
use crate::tests_of;

/// Longest text of one raw expression, in characters.
pub(crate) const MAX_CHARS: usize = 10_000;
/// Operators in one expression. Each may nest the tree one level deeper, and the tree is walked by recursion.
const MAX_OPERATORS: usize = 256;
const MAX_BRACKETS: usize = 40;
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
    let (mut operators, mut brackets) = (0usize, 0usize);
    for token in tokenize(source, true, Default::default()) {
        let (token, _) = token.map_err(|error| unreadable(source, &error))?;
        match token {
            Token::TemplateData(_) | Token::VariableStart | Token::VariableEnd | Token::BlockStart | Token::BlockEnd => {
                return Err(EvalError::syntax("An expression ends before `}}`, and holds no `{%`."));
            }
            Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => {
                operators += 1;
                brackets += 1;
            }
            Token::ParenClose | Token::BracketClose | Token::BraceClose => brackets = brackets.saturating_sub(1),
            Token::Ident("and" | "or" | "not" | "if" | "else" | "is" | "in") => operators += 1,
            Token::Ident(_) | Token::Str(_) | Token::String(_) | Token::Int(_) | Token::Int128(_) | Token::Float(_) => {}
            Token::Comma | Token::Colon => {}
            _ => operators += 1,
        }
        if operators > MAX_OPERATORS || brackets > MAX_BRACKETS {
            return Err(EvalError::limit("The expression is too complex: split it over several steps."));
        }
    }
    Ok(())
}

fn unreadable(source: &str, error: &minijinja::Error) -> EvalError {
    let shown: String = source.chars().take(60).collect();
    EvalError::syntax(format!("`{shown}` cannot be read: {}.", error.detail().unwrap_or("it is not an expression")))
}

fn lower(tree: &ast::Expr<'_>) -> Result<Node, EvalError> {
    let pair = |a: &ast::Expr<'_>, b: &ast::Expr<'_>| Ok::<_, EvalError>((Box::new(lower(a)?), Box::new(lower(b)?)));
    Ok(match tree {
        ast::Expr::Var(var) if matches!(var.id, "null" | "Null" | "NULL") => Node::Const(Value::Null),
        ast::Expr::Var(var) => Node::Name(var.id.to_owned()),
        ast::Expr::Const(constant) => Node::Const(literal(&constant.value)?),
        ast::Expr::GetAttr(attr) => Node::Attr(Box::new(lower(&attr.expr)?), attr.name.to_owned()),
        ast::Expr::GetItem(item) => {
            let (of, key) = pair(&item.expr, &item.subscript_expr)?;
            Node::Item(of, key)
        }
        ast::Expr::Slice(slice) => {
            let part = |part: &Option<ast::Expr<'_>>| part.as_ref().map(lower).transpose();
            Node::Slice(Box::new(Slice {
                of: lower(&slice.expr)?,
                start: part(&slice.start)?,
                stop: part(&slice.stop)?,
                step: part(&slice.step)?,
            }))
        }
        ast::Expr::UnaryOp(unary) => {
            let of = lower(&unary.expr)?;
            match (&unary.op, of) {
                (ast::UnaryOpKind::Not, of) => Node::Not(Box::new(of)),
                (ast::UnaryOpKind::Neg, Node::Const(Value::Number(number))) => {
                    Node::Const(negated(Num::of(&number)).into_value()?)
                }
                (ast::UnaryOpKind::Neg, of) => Node::Neg(Box::new(of)),
            }
        }
        ast::Expr::BinOp(binary) => {
            let (left, right) = pair(&binary.left, &binary.right)?;
            let compare = |op, left, right: Box<Node>| Node::Compare(left, vec![(op, *right)]);
            match binary.op {
                ast::BinOpKind::Add => Node::Calculate(Arithmetic::Add, left, right),
                ast::BinOpKind::Sub => Node::Calculate(Arithmetic::Sub, left, right),
                ast::BinOpKind::Mul => Node::Calculate(Arithmetic::Mul, left, right),
                ast::BinOpKind::Div => Node::Calculate(Arithmetic::Div, left, right),
                ast::BinOpKind::FloorDiv => Node::Calculate(Arithmetic::FloorDiv, left, right),
                ast::BinOpKind::Rem => Node::Calculate(Arithmetic::Rem, left, right),
                ast::BinOpKind::Pow => Node::Calculate(Arithmetic::Pow, left, right),
                ast::BinOpKind::Concat => Node::Concat(left, right),
                ast::BinOpKind::ScAnd => Node::And(left, right),
                ast::BinOpKind::ScOr => Node::Or(left, right),
                ast::BinOpKind::Eq => compare(Comparison::Equal, left, right),
                ast::BinOpKind::Ne => compare(Comparison::NotEqual, left, right),
                ast::BinOpKind::Lt => compare(Comparison::Less, left, right),
                ast::BinOpKind::Lte => compare(Comparison::AtMost, left, right),
                ast::BinOpKind::Gt => compare(Comparison::Greater, left, right),
                ast::BinOpKind::Gte => compare(Comparison::AtLeast, left, right),
                ast::BinOpKind::In => compare(Comparison::In, left, right),
            }
        }
        ast::Expr::Compare(chain) => {
            let rest = chain.ops.iter().map(|link| Ok((comparison(link.op), lower(&link.expr)?)));
            Node::Compare(Box::new(lower(&chain.expr)?), rest.collect::<Result<_, EvalError>>()?)
        }
        ast::Expr::IfExpr(choice) => Node::If(Box::new(If {
            test: lower(&choice.test_expr)?,
            yes: lower(&choice.true_expr)?,
            no: choice.false_expr.as_ref().map(lower).transpose()?,
        })),
        ast::Expr::Filter(filter) => {
            let of = filter.expr.as_ref().ok_or_else(|| EvalError::syntax("A formatter needs a value before `|`."))?;
            format::check(filter.name, filter.args.len())?;
            Node::Filter(Box::new(Call { name: filter.name.to_owned(), of: lower(of)?, args: arguments(&filter.args)? }))
        }
        ast::Expr::Test(test) => {
            tests_of::check(test.name, test.args.len())?;
            Node::Test(Box::new(Call { name: test.name.to_owned(), of: lower(&test.expr)?, args: arguments(&test.args)? }))
        }
        ast::Expr::Call(call) => return Err(not_callable(&call.expr)),
        ast::Expr::List(list) => Node::List(list.items.iter().map(lower).collect::<Result<_, _>>()?),
        ast::Expr::Tuple(tuple) => Node::List(tuple.items.iter().map(lower).collect::<Result<_, _>>()?),
        ast::Expr::Map(map) => {
            let entries = map.keys.iter().zip(&map.values).map(|(key, value)| Ok((lower(key)?, lower(value)?)));
            Node::Map(entries.collect::<Result<_, EvalError>>()?)
        }
    })
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
