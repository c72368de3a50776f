use leptos::prelude::*;

use crate::{
    text::ui as t,
    ui::{Glyph, IconButton, fresh_id},
};

/// What a chart shows at one place: its name, then its figures.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRow {
    pub name: String,
    pub cells: Vec<String>,
}

/// A card with a chart that can be switched to a table of the same figures.
#[component]
pub fn ChartPanel(
    #[prop(into)] title: Signal<String>,
    /// The heads of the table's columns, the first one of the rows' names.
    columns: Vec<&'static str>,
    #[prop(into)] rows: Signal<Vec<TableRow>>,
    children: ChildrenFn,
) -> impl IntoView {
    let as_table = RwSignal::new(false);
    let heading = fresh_id("chart");
    let named = heading.clone();
    let columns = StoredValue::new(columns);
    let children = StoredValue::new(children);
    let body = move || {
        if !as_table.get() {
            return children.with_value(|children| children()).into_any();
        }
        view! {
            <div class="chart-table" tabindex="0" role="group" aria-label=title>
                <table class="figures">
                    <thead>
                        <tr>{columns.get_value().into_iter().map(|column| view! { <th scope="col">{column}</th> }).collect_view()}</tr>
                    </thead>
                    <tbody>
                        {move || rows.with(|rows| {
                            rows.iter()
                                .rev()
                                .map(|row| view! {
                                    <tr>
                                        <th scope="row">{row.name.clone()}</th>
                                        {row.cells.iter().map(|cell| view! { <td class="num">{cell.clone()}</td> }).collect_view()}
                                    </tr>
                                })
                                .collect_view()
                        })}
                    </tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="card dash-panel" aria-labelledby=named>
            <header class="dash-panel-head">
                <h2 id=heading>{title}</h2>
                <span class="grow"></span>
                {move || {
                    let (glyph, label) = if as_table.get() { (Glyph::Chart, t::AS_CHART) } else { (Glyph::Table, t::AS_TABLE) };
                    view! { <IconButton glyph label=label.to_owned() on:click=move |_| as_table.update(|table| *table = !*table)/> }
                }}
            </header>
            {body}
        </section>
    }
}
