//! Templates: MiniJinja over `row`. Which columns a template uses is read off its syntax tree, so that only those are
//! converted for a row, and an unknown one is an error before the first row.

use std::borrow::Cow;
use std::sync::Arc;

use minijinja::machinery::{ast, parse};
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};

use super::column::Column;
use super::item::{Fault, Item};
use crate::record::Row;

/// Work one rendering may do: far more than any sensible template needs, far less than a second.
const FUEL: u64 = 100_000;

/// A template with its columns.
#[derive(Debug)]
pub struct Template {
    environment: Environment<'static>,
    columns: Vec<(Arc<str>, Column)>,
}

impl Template {
    /// Compiles a template whose columns were found.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(text: &str, columns: Vec<(Arc<str>, Column)>) -> Result<Self, String> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        environment
            .add_template_owned("template", text.to_owned())
            .map_err(|error| described(&error))?;
        Ok(Self {
            environment,
            columns,
        })
    }

    /// The columns it uses.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().map(|(_, column)| column)
    }

    /// Renders a row. A number or a date that comes out as it went in is still one.
    ///
    /// # Errors
    /// A cell cannot be used, or the template fails over this row: then the message is the kind of its error alone.
    pub fn render<'a>(&self, row: &'a Row, nulls: &[String]) -> Result<Item<'a>, Fault> {
        let mut cells = Vec::with_capacity(self.columns.len());
        let mut typed = Vec::new();
        for (name, column) in &self.columns {
            let text = match column.read(row, nulls, ", ")? {
                Some(item) => {
                    let text = Value::from(item.text().trim());
                    if !matches!(item, Item::Text(_)) {
                        typed.push(item);
                    }
                    text
                }
                None => Value::from(""),
            };
            cells.push((Arc::clone(name), text));
        }
        let context = Value::from_pairs([("row", Value::from_pairs(cells))]);
        self.environment
            .get_template("template")
            .and_then(|template| template.render(context))
            .map(|text| {
                let same = typed.into_iter().find(|item| item.text() == text);
                same.unwrap_or(Item::Text(Cow::Owned(text)))
            })
            // The detail of an error can quote what somebody wrote; its kind cannot.
            .map_err(|error| Fault::new("template_failed", error.kind().to_string()))
    }
}

fn described(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

/// The names of the columns that a template uses, in the order of their first use.
///
/// # Errors
/// It cannot be parsed, uses `row` other than by a column's name, or a variable, filter or test that does not exist.
pub fn columns_of(text: &str) -> Result<Vec<String>, String> {
    let tree = parse(text, "template", minijinja::syntax::SyntaxConfig::default())
        .map_err(|error| described(&error))?;
    let mut walker = Walker::default();
    walker.statement(&tree);
    if let Some(problem) = walker.problem {
        return Err(problem);
    }
    let environment = Environment::new();
    for (probe, name) in &walker.probes {
        if let Err(error) = environment.render_str(probe, ())
            && matches!(
                error.kind(),
                ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction
            )
        {
            return Err(format!("{}: `{name}`", error.kind()));
        }
    }
    let template = environment
        .template_from_str(text)
        .map_err(|error| described(&error))?;
    let known: Vec<&str> = environment.globals().map(|(name, _)| name).collect();
    let mut unknown: Vec<String> = template
        .undeclared_variables(false)
        .into_iter()
        .filter(|name| name != "row" && !known.contains(&name.as_str()))
        .collect();
    unknown.sort_unstable();
    if let Some(name) = unknown.first() {
        return Err(format!(
            "unknown variable: `{name}` (columns are row['Header'])"
        ));
    }
    Ok(walker.columns)
}

#[derive(Default)]
struct Walker {
    columns: Vec<String>,
    probes: Vec<(String, String)>,
    problem: Option<String>,
}

impl Walker {
    fn column(&mut self, name: &str) {
        if !self.columns.iter().any(|known| known == name) {
            self.columns.push(name.to_owned());
        }
    }

    fn fail(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }

    fn statements(&mut self, statements: &[ast::Stmt<'_>]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &ast::Stmt<'_>) {
        match statement {
            ast::Stmt::Template(inner) => self.statements(&inner.children),
            ast::Stmt::EmitExpr(inner) => self.expression(&inner.expr),
            ast::Stmt::EmitRaw(_) => {}
            ast::Stmt::ForLoop(inner) => {
                self.expression(&inner.iter);
                self.maybe(inner.filter_expr.as_ref());
                self.statements(&inner.body);
                self.statements(&inner.else_body);
            }
            ast::Stmt::IfCond(inner) => {
                self.expression(&inner.expr);
                self.statements(&inner.true_body);
                self.statements(&inner.false_body);
            }
            ast::Stmt::WithBlock(inner) => {
                for (_, value) in &inner.assignments {
                    self.expression(value);
                }
                self.statements(&inner.body);
            }
            ast::Stmt::Set(inner) => self.expression(&inner.expr),
            ast::Stmt::SetBlock(inner) => {
                self.maybe(inner.filter.as_ref());
                self.statements(&inner.body);
            }
            ast::Stmt::AutoEscape(inner) => self.statements(&inner.body),
            ast::Stmt::FilterBlock(inner) => {
                self.expression(&inner.filter);
                self.statements(&inner.body);
            }
            _ => self.fail("blocks, macros and other templates are not available here".to_owned()),
        }
    }

    fn maybe(&mut self, expression: Option<&ast::Expr<'_>>) {
        if let Some(expression) = expression {
            self.expression(expression);
        }
    }

    fn expression(&mut self, expression: &ast::Expr<'_>) {
        match expression {
            ast::Expr::Var(variable) if variable.id == "row" => {
                self.fail("`row` is used by column: row['Header'] or row.header".to_owned());
            }
            ast::Expr::Var(_) | ast::Expr::Const(_) => {}
            ast::Expr::GetAttr(inner) if is_row(&inner.expr) => self.column(inner.name),
            ast::Expr::GetItem(inner) if is_row(&inner.expr) => {
                match inner.subscript_expr.as_const() {
                    Some(name) if name.as_str().is_some() => {
                        self.column(name.as_str().unwrap_or_default());
                    }
                    _ => self.fail("row[…] takes the header as a text: row['Header']".to_owned()),
                }
            }
            ast::Expr::GetAttr(inner) => self.expression(&inner.expr),
            ast::Expr::GetItem(inner) => {
                self.expression(&inner.expr);
                self.expression(&inner.subscript_expr);
            }
            ast::Expr::Slice(inner) => {
                self.expression(&inner.expr);
                self.maybe(inner.start.as_ref());
                self.maybe(inner.stop.as_ref());
                self.maybe(inner.step.as_ref());
            }
            ast::Expr::UnaryOp(inner) => self.expression(&inner.expr),
            ast::Expr::BinOp(inner) => {
                self.expression(&inner.left);
                self.expression(&inner.right);
            }
            ast::Expr::Compare(inner) => {
                self.expression(&inner.expr);
                for operand in &inner.ops {
                    self.expression(&operand.expr);
                }
            }
            ast::Expr::IfExpr(inner) => {
                self.expression(&inner.test_expr);
                self.expression(&inner.true_expr);
                self.maybe(inner.false_expr.as_ref());
            }
            ast::Expr::Filter(inner) => {
                self.probes.push((
                    format!("{{{{ ''|{} }}}}", inner.name),
                    inner.name.to_owned(),
                ));
                self.maybe(inner.expr.as_ref());
                self.arguments(&inner.args);
            }
            ast::Expr::Test(inner) => {
                self.probes.push((
                    format!("{{{{ '' is {} }}}}", inner.name),
                    inner.name.to_owned(),
                ));
                self.expression(&inner.expr);
                self.arguments(&inner.args);
            }
            ast::Expr::Call(inner) => {
                if let ast::Expr::Var(function) = &inner.expr {
                    self.probes.push((
                        format!("{{{{ {}() }}}}", function.id),
                        function.id.to_owned(),
                    ));
                } else {
                    self.expression(&inner.expr);
                }
                self.arguments(&inner.args);
            }
            ast::Expr::List(inner) => inner.items.iter().for_each(|item| self.expression(item)),
            ast::Expr::Tuple(inner) => inner.items.iter().for_each(|item| self.expression(item)),
            ast::Expr::Map(inner) => {
                inner
                    .keys
                    .iter()
                    .chain(&inner.values)
                    .for_each(|item| self.expression(item));
            }
        }
    }

    fn arguments(&mut self, arguments: &[ast::CallArg<'_>]) {
        for argument in arguments {
            match argument {
                ast::CallArg::Pos(value)
                | ast::CallArg::Kwarg(_, value)
                | ast::CallArg::PosSplat(value)
                | ast::CallArg::KwargSplat(value) => self.expression(value),
            }
        }
    }
}

fn is_row(expression: &ast::Expr<'_>) -> bool {
    matches!(expression, ast::Expr::Var(variable) if variable.id == "row")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_wherever_they_stand() {
        let text = "{% if row['A'] and row.b is defined %}{{ row[\"C d\"]|upper }}{% else %}\
                    {% for x in [row.e, row['A']] %}{{ x ~ row.f }}{% endfor %}{% endif %}";
        assert_eq!(columns_of(text).unwrap(), ["A", "b", "C d", "e", "f"]);
    }

    #[test]
    fn what_cannot_be_checked_is_refused() {
        let table = [
            (
                "{{ row[name] }}",
                "row[…] takes the header as a text: row['Header']",
            ),
            (
                "{{ row|length }}",
                "`row` is used by column: row['Header'] or row.header",
            ),
            ("{{ row.a|uper }}", "unknown filter: `uper`"),
            ("{{ now() }}", "unknown function: `now`"),
            (
                "{{ Agent }}",
                "unknown variable: `Agent` (columns are row['Header'])",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(columns_of(text).unwrap_err(), expected, "{text}");
        }
        assert!(columns_of("{{ row.a ").is_err());
    }

    #[test]
    fn an_endless_template_runs_out_of_fuel() {
        let template = Template::new(
            "{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}",
            Vec::new(),
        )
        .unwrap();
        let row = crate::mapping::testing::row(&[]);
        assert_eq!(
            template.render(&row, &[]).unwrap_err().code,
            "template_failed"
        );
    }
}
