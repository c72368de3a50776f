use leptos::prelude::*;
use model::api::{Endpoint, ExportRunsCsv, ExportRunsJsonl};

use super::filter::Filter;
use crate::{
    api::address,
    moment::now,
    text::runs as t,
    ui::{Glyph, Icon, MenuNote, Popover},
};

/// Everything that fits the filter as a file, streamed by the server.
#[component]
pub fn ExportMenu(filter: Memo<Filter>) -> impl IntoView {
    let href = move |path: &'static str| move || address(path, &filter.with(|filter| filter.query(now())));
    let trigger = move || {
        view! {
            <Icon glyph=Glyph::Download/>
            <span>{t::EXPORT}</span>
            <Icon glyph=Glyph::ChevronDown/>
        }
    };
    view! {
        <Popover trigger panel_label=t::EXPORT>
            <MenuNote>{t::EXPORT_NOTE}</MenuNote>
            <div class="export-links">
                <a class="link" href=href(ExportRunsCsv::PATH) download="runs.csv" rel="external">{t::EXPORT_CSV}</a>
                <a class="link" href=href(ExportRunsJsonl::PATH) download="runs.jsonl" rel="external">{t::EXPORT_JSONL}</a>
            </div>
        </Popover>
    }
}
