//! A brotli file beside each file that shrinks; the server sends it as it is.

use super::bundle::File;
use anyhow::{Context, Result};
use std::io::Write;

/// 11 is the smallest and slowest; 22 is the largest window browsers must accept.
const QUALITY: u32 = 11;
const WINDOW: u32 = 22;
const BUFFER: usize = 64 * 1024;

pub fn add_brotli(files: &mut Vec<File>) -> Result<()> {
    let mut compressed = Vec::new();
    for file in files.iter().filter(|file| shrinks(&file.path)) {
        let bytes = brotli(&file.bytes).with_context(|| format!("cannot compress {}", file.path))?;
        if bytes.len() < file.bytes.len() {
            compressed.push(File { path: format!("{}.br", file.path), bytes });
        }
    }
    files.extend(compressed);
    Ok(())
}

/// Pictures and fonts are compressed already.
fn shrinks(path: &str) -> bool {
    let extension = path.rsplit('.').next().unwrap_or_default();
    ["html", "css", "js", "wasm", "svg", "json", "txt", "webmanifest", "ico"].contains(&extension)
}

fn brotli(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), BUFFER, QUALITY, WINDOW);
    writer.write_all(bytes)?;
    writer.flush()?;
    Ok(writer.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compressed_can_be_read_back() {
        let text = "the same words ".repeat(200).into_bytes();
        let mut files =
            vec![File { path: "a.js".to_owned(), bytes: text.clone() }, File { path: "a.woff2".to_owned(), bytes: text.clone() }];
        add_brotli(&mut files).expect("compressed");
        assert_eq!(files.len(), 3);
        assert_eq!(files[2].path, "a.js.br");
        let mut back = Vec::new();
        brotli::BrotliDecompress(&mut files[2].bytes.as_slice(), &mut back).expect("valid brotli");
        assert_eq!(back, text);
    }
}
