use serde_json::json;

use super::*;

fn read(text: &str) -> Request {
    parse(text).unwrap_or_else(|refused| panic!("{refused:?}: {text}"))
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn a_plain_address_is_a_get() {
    let request = read("curl https://api.example.com/contacts?page=2&q=a%20b+c#top");
    assert_eq!((request.method.as_str(), request.url.as_str()), ("GET", "https://api.example.com/contacts"));
    assert_eq!(request.query, [pair("page", "2"), pair("q", "a b c")]);
    assert_eq!((request.body, request.credential, request.notes), (Body::None, None, vec![]));
    assert_eq!(read("$ curl -sSL example.com/x | jq .").url, "http://example.com/x");
    assert_eq!(read("curl -I https://a.example").method, "HEAD");
    assert_eq!(read("curl.exe --url \"https://a.example\"").url, "https://a.example");
}

#[test]
fn json_of_every_spelling() {
    let wanted = Body::Json(json!({"name": "Ada", "n": 9_007_199_254_740_993_i64}));
    for text in [
        r#"curl -X POST https://a.example -H 'Content-Type: application/json' -d '{"name":"Ada","n":9007199254740993}'"#,
        r#"curl https://a.example --json '{"name":"Ada",' --json '"n":9007199254740993}'"#,
        r#"curl https://a.example -H "content-type: application/json; charset=utf-8" --data-raw "{\"name\":\"Ada\",\"n\":9007199254740993}""#,
        r#"curl https://a.example --data-binary $'{"name":"Ada","n":9007199254740993}' -H 'Content-Type:application/json'"#,
        "curl ^\"https://a.example^\" ^\n -H ^\"content-type: application/json^\" ^\n --data-raw ^\"^{^\\^\"name^\\^\":^\\^\"Ada^\\^\",^\\^\"n^\\^\":9007199254740993^}^\"",
    ] {
        let request = read(text);
        assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "https://a.example"), "{text}");
        assert_eq!(request.body, wanted, "{text}");
        assert_eq!(request.headers, [], "the kind of body says the media type: {text}");
    }
}

#[test]
fn forms_and_text() {
    let form = read("curl https://a.example -d name=Ada -d 'note=a+b%26c' -XPUT");
    assert_eq!((form.method.as_str(), form.body), ("PUT", Body::Form(vec![pair("name", "Ada"), pair("note", "a b&c")])));
    let encoded = read("curl https://a.example --data-urlencode 'q=a&b=c' --data-urlencode '=x y'");
    assert_eq!(encoded.body, Body::Form(vec![pair("q", "a&b=c"), pair("x y", "")]));
    let text = read("curl https://a.example -H 'Content-Type: text/xml' -d '<a b=\"1\"/>'");
    assert_eq!((text.body, text.headers), (Body::Text("<a b=\"1\"/>".into()), vec![pair("Content-Type", "text/xml")]));
    let parts = read("curl https://a.example -F name=Ada -F 'photo=@me.png;type=image/png' --form-string at=@x");
    assert_eq!(parts.body, Body::Multipart(vec![pair("name", "Ada"), pair("at", "@x")]));
    assert_eq!(parts.notes, [Note::File("me.png".into())]);
}

#[test]
fn data_as_query() {
    let request = read("curl -G https://a.example/search?x=1 -d q=rust --data-urlencode 'tag=a b'");
    assert_eq!((request.method.as_str(), request.body), ("GET", Body::None));
    assert_eq!(request.query, [pair("x", "1"), pair("q", "rust"), pair("tag", "a b")]);
}

#[test]
fn credentials_never_stay_in_the_request() {
    let basic = Credential::Basic { username: "sk_test".into(), password: "p:w".into() };
    assert_eq!(read("curl -u sk_test:p:w https://a.example").credential, Some(basic.clone()));
    assert_eq!(read("curl -usk_test:p:w https://a.example").credential, Some(basic));
    let of_address = read("curl https://ada:s%40fe@a.example/x");
    assert_eq!(of_address.url, "https://a.example/x");
    assert_eq!(of_address.credential, Some(Credential::Basic { username: "ada".into(), password: "s@fe".into() }));
    let bearer = read("curl https://a.example -H 'authorization: BEARER abc' -H 'X-Api-Key: k' -H 'Accept: text/plain'");
    assert_eq!(bearer.credential, Some(Credential::Bearer { token: "abc".into() }));
    assert_eq!((bearer.headers, bearer.notes), (vec![pair("Accept", "text/plain")], vec![Note::KeyLeftOut("X-Api-Key".into())]));
    let own = read("curl https://a.example -H 'X-Api-Key: k' -b 'session=1'");
    assert_eq!(own.credential, Some(Credential::Header { name: "X-Api-Key".into(), value: "k".into() }));
    assert_eq!((own.headers, own.notes), (vec![], vec![Note::KeyLeftOut("Cookie".into())]));
    let query = read("curl 'https://a.example/x?api_key=abc&page=1'");
    assert_eq!((query.query, query.notes), (vec![pair("page", "1")], vec![Note::KeyLeftOut("api_key".into())]));
    assert!(!format!("{:?}", read("curl -u a:hunter2 https://a.example")).contains("hunter2"));
}

#[test]
fn variables_are_no_secrets() {
    for (text, open) in [("Bearer $TOKEN", true), ("Bearer <token>", true), ("Bearer YOUR_API_KEY", true), ("Bearer abc", false)]
    {
        let credential = read(&format!("curl https://a.example -H \"Authorization: {text}\"")).credential.unwrap();
        assert_eq!(credential.is_placeholder(), open, "{text}");
    }
    assert!(!read("curl -u sk_test_1: https://a.example").credential.unwrap().is_placeholder());
}

#[test]
fn what_browsers_add_is_left_out() {
    let request = read(
        "curl 'https://a.example/x' -H 'accept: */*' -H 'sec-fetch-mode: cors' -H 'Host: a.example' -H 'content-length: 3' --compressed",
    );
    assert_eq!(request.headers, [pair("accept", "*/*")]);
    assert_eq!(read("curl -k -x http://p:1 https://a.example -o out.json --retry 3").notes.len(), 2);
    assert_eq!(read("curl -k -x http://p:1 https://a.example -o out.json --retry 3").url, "https://a.example");
}

#[test]
fn refusals_say_what_is_wrong() {
    assert_eq!(parse("wget https://a.example"), Err(Refused::NotCurl));
    assert_eq!(parse("curly https://a.example"), Err(Refused::NotCurl));
    assert_eq!(parse("curl -s"), Err(Refused::NoAddress));
    assert_eq!(parse("curl https://a.example -d 'x"), Err(Refused::Unclosed('\'')));
    assert_eq!(parse("curl https://a.example -H"), Err(Refused::Incomplete("-H".into())));
    assert_eq!(parse("curl https://a.example --data"), Err(Refused::Incomplete("--data".into())));
}

#[test]
fn hostile_text_is_read_to_its_end() {
    for text in [
        "curl \\",
        "curl $'\\",
        "curl $'\\u",
        "curl ^",
        "curl -",
        "curl --",
        "curl ''",
        "curl -d@",
        "curl -F = x",
        "curl ://",
        "curl @:@",
        "curl 'ü' -H 'ä'",
    ] {
        let _ = parse(text);
    }
    let long = format!("curl https://a.example -d '{}'", "a=b&".repeat(20_000));
    assert!(matches!(read(&long).body, Body::Form(pairs) if pairs.len() == 20_000));
}
