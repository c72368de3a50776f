//! What outsiders read about the API is what is served.
#![expect(clippy::disallowed_methods, reason = "the environment says whether to write the table anew")]

use crate::app::TestApp;

const BEGIN: &str = "<!-- endpoints: written from the code -->\n";
const END: &str = "<!-- end of endpoints -->";

#[tokio::test]
async fn the_document_is_served_and_only_ever_grows() {
    let app = TestApp::init().await.with_owner().await;
    let served = app.get("/api/v1/openapi.json").send().await.ok();
    assert_eq!(served, server::document());
    insta::assert_json_snapshot!("openapi", served);
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = server::document();
    let text = document.to_string();
    let mut seen = 0;
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
        seen += 1;
    }
    assert!(seen > 50, "{seen}");
}

#[test]
fn the_guides_table_lists_every_operation() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/API.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (table, after) = rest.split_once(END).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{before}{BEGIN}{}{END}{after}", server::endpoint_table())).unwrap();
    } else {
        assert_eq!(table, server::endpoint_table(), "run the test with UPDATE_DOCS=1 to write docs/API.md anew");
    }
}
