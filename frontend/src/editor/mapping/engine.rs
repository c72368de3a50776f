//! The JavaScript side of fields that are edited: `frontend/js`, loaded when it is needed.

use std::{any::Any, cell::RefCell, collections::HashMap};

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlElement, MouseEvent};

#[wasm_bindgen]
extern "C" {
    /// Set by the page's start file.
    #[wasm_bindgen(js_name = patchbayModule, catch)]
    fn import(name: &str) -> Result<Promise, JsValue>;

    /// `mapper.ts`
    pub type MapperModule;
    #[wasm_bindgen(method)]
    pub fn mount(this: &MapperModule, parent: &HtmlElement, host: &JsValue, options: &JsValue, language: &JsValue) -> Field;

    /// `javascript.ts`
    pub type CodeModule;
    #[wasm_bindgen(method)]
    pub fn mount(this: &CodeModule, parent: &HtmlElement, host: &JsValue, options: &JsValue) -> Code;

    /// `json.ts`
    pub type JsonModule;
    #[wasm_bindgen(method)]
    pub fn language(this: &JsonModule) -> JsValue;
    #[wasm_bindgen(method)]
    pub fn mark(this: &JsonModule, view: &JsValue, line: u32, column: u32, message: &str);

    /// What every editor has: `base.ts`.
    #[derive(Clone)]
    pub type Editor;
    #[wasm_bindgen(method, getter)]
    pub fn view(this: &Editor) -> JsValue;
    #[wasm_bindgen(method, js_name = setText)]
    pub fn set_text(this: &Editor, text: &str);
    #[wasm_bindgen(method)]
    pub fn attribute(this: &Editor, name: &str, value: Option<&str>);
    #[wasm_bindgen(method)]
    pub fn select(this: &Editor, from: u32, to: u32);
    #[wasm_bindgen(method)]
    pub fn focus(this: &Editor);
    #[wasm_bindgen(method)]
    pub fn press(this: &Editor, event: &MouseEvent);
    #[wasm_bindgen(method)]
    pub fn destroy(this: &Editor);

    /// An editor of a mapped field.
    #[wasm_bindgen(extends = Editor)]
    #[derive(Clone)]
    pub type Field;
    #[wasm_bindgen(method)]
    pub fn insert(this: &Field, text: &str);
    #[wasm_bindgen(method)]
    pub fn replace(this: &Field, from: u32, to: u32, text: &str);
    #[wasm_bindgen(method, js_name = endQuery)]
    pub fn end_query(this: &Field);
    #[wasm_bindgen(method)]
    pub fn refresh(this: &Field);
    #[wasm_bindgen(method, setter)]
    pub fn set_raw(this: &Field, on: bool);
    #[wasm_bindgen(method)]
    pub fn drop(this: &Field, text: &str, x: f64, y: f64);

    /// An editor of JavaScript.
    #[wasm_bindgen(extends = Editor)]
    #[derive(Clone)]
    pub type Code;
    #[wasm_bindgen(method, js_name = stoppedAt)]
    pub fn stopped_at(this: &Code, line: u32, message: &str);
}

/// The modules there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Module {
    Mapper,
    JavaScript,
    Json,
}

impl Module {
    fn name(self) -> &'static str {
        match self {
            Module::Mapper => "mapper",
            Module::JavaScript => "javascript",
            Module::Json => "json",
        }
    }

    /// The module, where it has been loaded.
    pub fn loaded<T: JsCast>(self) -> Option<T> {
        LOADED.with_borrow(|loaded| loaded.get(&self).cloned()).map(JsCast::unchecked_into)
    }

    /// Loads the module, unless it is there. False: it cannot be had now.
    pub async fn load(self) -> bool {
        if LOADED.with_borrow(|loaded| loaded.contains_key(&self)) {
            return true;
        }
        let Ok(promise) = import(self.name()) else { return false };
        match JsFuture::from(promise).await {
            Ok(module) => {
                LOADED.with_borrow_mut(|loaded| loaded.insert(self, module));
                true
            }
            Err(_) => false,
        }
    }
}

thread_local! {
    static LOADED: RefCell<HashMap<Module, JsValue>> = RefCell::new(HashMap::new());
}

/// The page's side of an editor: functions by name, kept as long as this is.
pub struct Host {
    object: Object,
    kept: Vec<Box<dyn Any>>,
}

impl Host {
    pub fn new() -> Self {
        Host { object: Object::new(), kept: Vec::new() }
    }

    pub fn give<T: wasm_bindgen::closure::WasmClosure + ?Sized + 'static>(&mut self, name: &str, function: Closure<T>) {
        let _ = Reflect::set(&self.object, &name.into(), function.as_ref());
        self.kept.push(Box::new(function));
    }

    pub fn as_value(&self) -> &JsValue {
        &self.object
    }
}

/// Named texts, as an object.
pub fn options(entries: &[(&str, &str)]) -> JsValue {
    let object = Object::new();
    for (name, value) in entries {
        let _ = Reflect::set(&object, &(*name).into(), &(*value).into());
    }
    object.into()
}
