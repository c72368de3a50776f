//! What a browser fetches before the editor stands: `index.html` and everything it leads to.

use super::collect_files;
use anyhow::{Context, Result};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;

/// One file, in bytes: as it lies there, and as it goes over the wire.
#[derive(Debug, Clone, Serialize)]
pub struct Size {
    pub path: String,
    pub raw: u64,
    pub sent: u64,
}

#[derive(Debug, Serialize)]
pub struct FirstLoad {
    pub files: Vec<Size>,
}

impl FirstLoad {
    pub fn raw(&self) -> u64 {
        self.files.iter().map(|file| file.raw).sum()
    }

    pub fn sent(&self) -> u64 {
        self.files.iter().map(|file| file.sent).sum()
    }
}

/// Follows the names of files from `index.html` and the module of mapped fields, which comes with the editor, through style sheets and
/// scripts. Modules for code load when a field needs them.
///
/// Fonts count as soon as the style sheet names them, although a browser only fetches those a page uses: an upper bound.
pub fn measure(dist: &Path) -> Result<FirstLoad> {
    let all = all_files(dist)?;
    let mut loaded: BTreeSet<String> = BTreeSet::new();
    let mut open = vec!["index.html".to_owned()];
    open.extend(
        all.iter().map(|file| file.path.clone()).filter(|path| path.starts_with("assets/mapper-") && path.ends_with(".js")),
    );
    while let Some(path) = open.pop() {
        if !loaded.insert(path.clone()) {
            continue;
        }
        let names_files = ["html", "css", "js"].contains(&path.rsplit('.').next().unwrap_or_default());
        if names_files {
            let file = dist.join(&path);
            let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let named = |other: &&Size| text.contains(&format!("/{}", other.path)) || text.contains(&relative(&other.path));
            open.extend(all.iter().filter(named).map(|other| other.path.clone()));
        }
    }
    Ok(FirstLoad { files: all.into_iter().filter(|file| loaded.contains(&file.path)).collect() })
}

/// How a script in `assets/` names its neighbour.
fn relative(path: &str) -> String {
    path.replacen("assets/", "./", 1)
}

/// Every file, largest first, without the brotli files (they are the `sent` size of the file they stand for) and the stamp.
pub fn all_files(dist: &Path) -> Result<Vec<Size>> {
    let mut paths = Vec::new();
    collect_files(dist, &mut paths);
    let mut sizes = Vec::new();
    for path in paths {
        let name = path.strip_prefix(dist)?.to_string_lossy().into_owned();
        if name.ends_with(".br") || name == ".stamp" {
            continue;
        }
        let raw = path.metadata()?.len();
        let compressed = dist.join(format!("{name}.br"));
        let sent = compressed.metadata().map_or(raw, |metadata| metadata.len());
        sizes.push(Size { path: name, raw, sent });
    }
    sizes.sort_by(|one, other| other.sent.cmp(&one.sent).then_with(|| one.path.cmp(&other.path)));
    Ok(sizes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_page_leads_to_counts() {
        let dist = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = dist.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            std::fs::write(path, text).expect("a file");
        };
        write("index.html", r#"<link href="/assets/app-1.css"><script src="/assets/boot-1.js">"#);
        write("assets/app-1.css", "url(/assets/font-1.woff2)");
        write("assets/font-1.woff2", "123456789");
        write("assets/boot-1.js", "import './snippets/x.js'");
        write("assets/snippets/x.js", "1");
        write("assets/later-1.js", "not loaded at first");
        write("assets/mapper-1.js", "import './editor-1.js'");
        write("assets/editor-1.js", "what modules share");
        write("assets/app-1.css.br", "12");
        let load = measure(dist.path()).expect("measured");
        let mut names: Vec<&str> = load.files.iter().map(|file| file.path.as_str()).collect();
        names.sort_unstable();
        let wanted = ["assets/app-1.css", "assets/boot-1.js", "assets/editor-1.js", "assets/font-1.woff2", "assets/mapper-1.js"];
        assert_eq!(names[..5], wanted);
        assert_eq!(names[5..], ["assets/snippets/x.js", "index.html"]);
        let css = load.files.iter().find(|file| file.path.ends_with(".css")).expect("the sheet");
        assert_eq!((css.raw, css.sent), (25, 2));
        assert!(load.sent() < load.raw());
    }
}
