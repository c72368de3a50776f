use std::path::Path;

use crate::app::TestApp;

async fn app(public_url: Option<&str>) -> (TestApp, tempfile::TempDir) {
    let files = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = files.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("index.html", "<!doctype html><title>Patchbay</title>");
    write("assets/app-0123.js", "let plain = true");
    write("assets/app-0123.js.br", "compressed");
    write("assets/app-4567.wasm", "wasm");
    write("robots.txt", "no");
    write(".stamp", "hidden");
    std::fs::write(Path::new(files.path()).join("../outside.txt"), "outside").unwrap();
    let ui_dir = files.path().to_owned();
    let app = TestApp::with(|options| {
        options.ui_dir = Some(ui_dir);
        options.public_url = public_url.map(|url| url.parse().unwrap());
    });
    (app.await.with_owner().await, files)
}

#[tokio::test]
async fn every_page_is_the_one_page_under_a_strict_policy() {
    let (app, _files) = app(None).await;
    for path in ["/", "/workflows/wf_1", "/setup"] {
        let page = app.get(path).header("accept", "text/html,*/*").send().await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text().contains("Patchbay"));
        assert_eq!((page.header("content-type"), page.header("cache-control")), ("text/html; charset=utf-8", "no-cache"));
        let policy = page.header("content-security-policy");
        for part in ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(
            !policy.split(';').any(|part| part.trim().starts_with("script-src") && part.contains("unsafe-inline")),
            "{policy}"
        );
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
        assert_ne!(page.header("permissions-policy"), "");
    }
    for path in ["/hooks", "/api/unknown", "/files/x", "/assets/none.js", "/none.js"] {
        let request = app.get(path).header("accept", if path == "/none.js" { "*/*" } else { "text/html" });
        assert_eq!(request.send().await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn hashed_files_are_kept_for_ever_and_sent_compressed() {
    let (app, _files) = app(None).await;
    let plain = app.get("/assets/app-0123.js").send().await;
    assert_eq!((plain.body.as_ref(), plain.header("content-encoding")), (&b"let plain = true"[..], ""));
    assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(plain.header("content-type"), "text/javascript; charset=utf-8");
    let small = app.get("/assets/app-0123.js").header("accept-encoding", "gzip, br").send().await;
    assert_eq!((small.body.as_ref(), small.header("content-encoding")), (&b"compressed"[..], "br"));
    assert_eq!((small.header("content-type"), small.header("vary")), ("text/javascript; charset=utf-8", "accept-encoding"));
    let again = app.get("/assets/app-0123.js").header("if-none-match", plain.header("etag")).send().await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(app.get("/assets/app-4567.wasm").send().await.header("content-type"), "application/wasm");
    assert_eq!(app.get("/robots.txt").send().await.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn there_is_no_way_out_of_the_folder() {
    let (app, _files) = app(None).await;
    for path in [
        "/.stamp",
        "/../outside.txt",
        "/assets/../../outside.txt",
        "/assets/..%2f..%2foutside.txt",
        "//etc/passwd",
        "/assets\\..\\x",
    ] {
        let answer = app.get(path).send().await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn pages_at_another_host_lead_to_the_public_one() {
    let (app, _files) = app(Some("https://patchbay.example.com")).await;
    let page = app.get("/runs?status=failed").header("accept", "text/html").send().await;
    assert_eq!((page.status, page.header("location")), (307, "https://patchbay.example.com/runs?status=failed"));
    assert_eq!(app.get("/assets/app-0123.js").send().await.status, 200, "files need no address");
    assert_eq!(app.get("/healthz").send().await.status, 200);
    app.get("/api/v1/me").owner().send().await.ok();
    let behind = app.get("/").header("accept", "text/html").header("x-forwarded-for", "192.0.2.1").send().await;
    assert_eq!(behind.status, 200, "a proxy that is not known may have replaced the host");
}
