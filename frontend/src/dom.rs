//! Small questions to the browser.

use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

/// Copies text to the clipboard. `false`: the browser did not allow it.
pub async fn copy(text: &str) -> bool {
    // Without https the browser has no clipboard object at all.
    let clipboard = js_sys::Reflect::get(&window().navigator(), &JsValue::from_str("clipboard"));
    match clipboard {
        Ok(value) if !value.is_undefined() => {
            let clipboard: web_sys::Clipboard = value.unchecked_into();
            wasm_bindgen_futures::JsFuture::from(clipboard.write_text(text)).await.is_ok()
        }
        _ => false,
    }
}

/// The text in the clipboard. `None`: the browser keeps it to itself.
pub async fn pasted() -> Option<String> {
    let clipboard = js_sys::Reflect::get(&window().navigator(), &JsValue::from_str("clipboard")).ok()?;
    let reads = js_sys::Reflect::has(&clipboard, &JsValue::from_str("readText")).unwrap_or(false);
    if clipboard.is_undefined() || !reads {
        return None;
    }
    let clipboard: web_sys::Clipboard = clipboard.unchecked_into();
    wasm_bindgen_futures::JsFuture::from(clipboard.read_text()).await.ok()?.as_string()
}

/// Hands a text file to the person.
pub fn download(name: &str, media_type: &str, content: &str) {
    let parts = js_sys::Array::of1(&JsValue::from_str(content));
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(media_type);
    let Ok(blob) = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options) else { return };
    let Ok(url) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
    if let Ok(link) = document().create_element("a") {
        let link: web_sys::HtmlAnchorElement = link.unchecked_into();
        link.set_href(&url);
        link.set_download(name);
        link.click();
    }
    let _ = web_sys::Url::revoke_object_url(&url);
}

/// The elements inside `root` that match `selector`, in reading order.
pub fn all(root: &web_sys::Element, selector: &str) -> Vec<HtmlElement> {
    let Ok(found) = root.query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect()
}

/// Whether an event happened in an element that matches `selector`.
pub fn within(event: &web_sys::Event, selector: &str) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| target.closest(selector).ok().flatten().is_some())
}

/// Moves the focus among `items` by `step` (with wrapping), or to the first or last one.
pub fn focus_by(items: &[HtmlElement], step: Step) {
    if items.is_empty() {
        return;
    }
    let active = document().active_element();
    let at = items.iter().position(|item| active.as_ref().is_some_and(|active| active.is_same_node(Some(item))));
    let last = items.len() - 1;
    let to = match (step, at) {
        (Step::First, _) | (Step::Next, None) => 0,
        (Step::Last, _) | (Step::Back, None) => last,
        (Step::Next, Some(at)) => (at + 1) % items.len(),
        (Step::Back, Some(at)) => at.checked_sub(1).unwrap_or(last),
    };
    let _ = items[to].focus();
}

#[derive(Clone, Copy)]
pub enum Step {
    First,
    Last,
    Next,
    Back,
}

/// The arrow, Home and End keys as moves in a list that runs downwards (or sideways).
pub fn step_of_key(key: &str, sideways: bool) -> Option<Step> {
    match key {
        "Home" => Some(Step::First),
        "End" => Some(Step::Last),
        "ArrowDown" if !sideways => Some(Step::Next),
        "ArrowUp" if !sideways => Some(Step::Back),
        "ArrowRight" if sideways => Some(Step::Next),
        "ArrowLeft" if sideways => Some(Step::Back),
        _ => None,
    }
}

/// The picture in the browser's tab, with a dot or as usual. Where each one is, the page says: their names carry hashes.
pub fn mark_icon(alert: bool) {
    let name = if alert { "data-alert" } else { "data-usual" };
    if let Ok(Some(link)) = document().query_selector("link[rel=icon]")
        && let Some(href) = link.get_attribute(name)
        && link.get_attribute("href").is_none_or(|now| now != href)
    {
        let _ = link.set_attribute("href", &href);
    }
}

/// A value kept in this browser, where it allows that.
pub fn stored(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Keeps a value in this browser. False where it does not allow that, or has no room left.
pub fn store(key: &str, value: &str) -> bool {
    let Ok(Some(storage)) = window().local_storage() else { return false };
    storage.set_item(key, value).is_ok()
}
