//! Puts the browser files together: hashed names, references rewritten, one style sheet, `index.html` from its template.
//!
//! `frontend/index.html` has four places to fill: `{{css}}`, `{{js}}` (the start file), `{{app}}` (the code it imports) and
//! `{{wasm}}`. A file of `frontend/public/` that the template or the style sheet names as `/its/path` moves to `assets/` under
//! a hashed name, and the reference follows it; the other public files keep their place, and fonts stand in both.

use super::bindgen::Code;
use super::collect_files;
use super::scripts::Scripts;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// One file of the finished folder; `path` is relative to it, with forward slashes.
#[derive(Debug)]
pub struct File {
    pub path: String,
    pub bytes: Vec<u8>,
}

/// Puts everything together, from the `frontend` folder and the generated code.
pub fn assemble(frontend: &Path, code: Code, scripts: Scripts) -> Result<Vec<File>> {
    let template = frontend.join("index.html");
    let mut index = std::fs::read_to_string(&template).with_context(|| format!("cannot read {}", template.display()))?;
    let mut css = style_sheet(&frontend.join("styles"))?;
    let mut files = code.snippets;
    files.extend(scripts.files);

    for mut public in read_folder(&frontend.join("public"))? {
        let name = format!("/{}", public.path);
        let file_name = public.path.rsplit('/').next().unwrap_or(&public.path);
        let (stem, extension) = file_name.rsplit_once('.').unwrap_or((file_name, "bin"));
        let moved = hashed(stem, extension, &public.bytes);
        if rewrite(&mut index, &name, &moved) | rewrite(&mut css, &name, &moved) {
            // The pages that the server writes itself (an approval's) know no hash.
            if public.path.starts_with("fonts/") {
                files.push(File { path: public.path.clone(), bytes: public.bytes.clone() });
            }
            public.path = moved;
        }
        files.push(public);
    }

    let css = asset(&mut files, "app", "css", css.into_bytes());
    let wasm = asset(&mut files, "app", "wasm", code.wasm);
    let app = asset(&mut files, "app", "js", code.js);
    let start = format!("import start from '/{app}';\n{}start({{ module_or_path: '/{wasm}' }});\n", loader(&scripts.modules)?);
    let boot = asset(&mut files, "boot", "js", start.into_bytes());
    let index = fill(&index, &[("css", &css), ("js", &boot), ("app", &app), ("wasm", &wasm)])?;
    files.push(File { path: "index.html".to_owned(), bytes: index.into_bytes() });
    Ok(files)
}

/// How the page loads an editor's module. Their names stand without a path: they are no part of the first load.
fn loader(modules: &BTreeMap<String, String>) -> Result<String> {
    let modules = serde_json::to_string(modules)?;
    Ok(format!("const modules = {modules};\nglobalThis.patchbayModule = (name) => import('/assets/' + modules[name]);\n"))
}

fn asset(files: &mut Vec<File>, stem: &str, extension: &str, bytes: Vec<u8>) -> String {
    let path = hashed(stem, extension, &bytes);
    files.push(File { path: path.clone(), bytes });
    path
}

fn hashed(stem: &str, extension: &str, bytes: &[u8]) -> String {
    let digest = hex::encode(Sha256::digest(bytes));
    format!("assets/{stem}-{}.{extension}", &digest[..10])
}

/// Every `*.css` in name order, so that a file's number in its name is its place in the cascade.
fn style_sheet(folder: &Path) -> Result<String> {
    let mut sheets: Vec<File> = read_folder(folder)?.into_iter().filter(|file| file.path.ends_with(".css")).collect();
    sheets.sort_by(|one, other| one.path.cmp(&other.path));
    let mut css = String::new();
    for sheet in sheets {
        let text = String::from_utf8(sheet.bytes).with_context(|| format!("{} is not UTF-8", sheet.path))?;
        css.push_str(text.trim_end());
        css.push('\n');
    }
    Ok(css)
}

fn read_folder(folder: &Path) -> Result<Vec<File>> {
    let mut paths = Vec::new();
    collect_files(folder, &mut paths);
    paths.sort();
    let read = |path: &std::path::PathBuf| -> Result<File> {
        let name = path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
        Ok(File { path: name, bytes: std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))? })
    };
    paths.iter().map(read).collect()
}

/// Points each whole reference to `name` (in quotes or in `url(...)`) to `moved`. Returns whether there was one.
fn rewrite(text: &mut String, name: &str, moved: &str) -> bool {
    let before = text.clone();
    for (open, close) in [("\"", "\""), ("'", "'"), ("(", ")")] {
        *text = text.replace(&format!("{open}{name}{close}"), &format!("{open}/{moved}{close}"));
    }
    *text != before
}

/// Fills the template; a place it lacks, or one that nobody fills, is a mistake.
fn fill(template: &str, places: &[(&str, &str)]) -> Result<String> {
    let mut text = template.to_owned();
    for (place, path) in places {
        let mark = format!("{{{{{place}}}}}");
        if !text.contains(&mark) {
            bail!("frontend/index.html has no {mark}");
        }
        text = text.replace(&mark, &format!("/{path}"));
    }
    if let Some(left) = text.find("{{") {
        let rest = &text[left..];
        bail!("frontend/index.html has a place nobody fills: {}", rest.lines().next().unwrap_or(rest));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frontend() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            std::fs::write(path, text).expect("a file");
        };
        write(
            "index.html",
            r#"<link href="/icon.svg"><link href="{{css}}"><i src="{{app}}"><i src="{{wasm}}"><script src="{{js}}">"#,
        );
        write("styles/20-later.css", ".b{src:url(/fonts/a.woff2)}");
        write("styles/10-first.css", ".a{}");
        write("public/icon.svg", "<svg/>");
        write("public/fonts/a.woff2", "font");
        write("public/robots.txt", "no");
        folder
    }

    fn code() -> Code {
        Code { js: b"js".to_vec(), wasm: b"wasm".to_vec(), snippets: Vec::new() }
    }

    fn scripts() -> Scripts {
        let file = File { path: "assets/mapper-1.js".to_owned(), bytes: b"mapper".to_vec() };
        Scripts { files: vec![file], modules: BTreeMap::from([("mapper".to_owned(), "mapper-1.js".to_owned())]) }
    }

    fn text<'a>(files: &'a [File], start: &str, end: &str) -> &'a str {
        let file = files.iter().find(|file| file.path.starts_with(start) && file.path.ends_with(end));
        std::str::from_utf8(&file.expect("the file").bytes).expect("text")
    }

    #[test]
    fn references_lead_to_files_that_exist() {
        let files = assemble(frontend().path(), code(), scripts()).expect("assembled");
        let index = text(&files, "index.html", "");
        let referenced: Vec<&str> = index.split('"').filter_map(|part| part.strip_prefix('/')).collect();
        assert_eq!(referenced.len(), 5);
        for path in referenced {
            assert!(files.iter().any(|file| file.path == path), "{path} is missing");
        }
    }

    #[test]
    fn sheets_come_in_name_order_and_fonts_are_hashed() {
        let files = assemble(frontend().path(), code(), scripts()).expect("assembled");
        let css = text(&files, "assets/app-", ".css");
        assert!(css.starts_with(".a{}\n.b{src:url(/assets/a-"), "{css}");
        assert!(files.iter().any(|file| file.path == "robots.txt"), "a public file nobody names keeps its place");
        assert!(files.iter().any(|file| file.path == "fonts/a.woff2"), "the server's own pages ask for it there");
    }

    #[test]
    fn the_start_file_knows_the_modules() {
        let files = assemble(frontend().path(), code(), scripts()).expect("assembled");
        assert!(files.iter().any(|file| file.path == "assets/mapper-1.js"));
        let start = text(&files, "assets/boot-", ".js");
        assert!(start.contains(r#"{"mapper":"mapper-1.js"}"#) && start.contains("globalThis.patchbayModule"), "{start}");
    }

    #[test]
    fn a_template_without_a_place_is_refused() {
        assert!(fill("<x>", &[("css", "a.css")]).is_err());
        assert!(fill("{{css}} {{other}}", &[("css", "a.css")]).is_err());
        assert_eq!(fill("{{css}}", &[("css", "a.css")]).expect("filled"), "/a.css");
    }
}
