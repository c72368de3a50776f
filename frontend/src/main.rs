//! Patchbay in the browser. Everything a person reads stands in [`text`]; every call goes through [`api`]; live news come
//! through [`live`].

mod api;
mod app;
mod bulk;
mod canvas;
mod charts;
mod commands;
mod connectors;
mod consent;
mod dom;
mod editor;
mod ended;
mod fuzzy;
mod live;
mod load;
mod markdown;
mod moment;
mod named;
mod pages;
mod session;
mod shell;
mod standing;
mod text;
mod theme;
mod timing;
mod ui;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
