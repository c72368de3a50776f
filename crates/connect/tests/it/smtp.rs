//! Mail against a server that keeps to a script: what it is told, and what its words and silences mean.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connect::{AuthMethod, CallError, CallResult, Connect, Credential, Mail};
use egress::{Egress, Options};
use model::run::ErrorClass;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const PASSWORD: &str = "correct horse battery";

/// What the server does when a line begins so, instead of what a good one does.
#[derive(Clone)]
enum Do {
    Say(&'static str),
    Close,
    Hang,
}

#[derive(Clone, Default)]
struct Script {
    /// By the beginning of what it hears: `greeting`, `EHLO`, `RCPT TO:<b@`, `.` at the end of a message.
    instead: Vec<(&'static str, Do)>,
    extensions: &'static str,
    /// Encrypted from the first byte.
    is_secure: bool,
}

#[derive(Clone)]
struct Server {
    port: u16,
    /// Every line it heard.
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(script: Script) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server { port: listener.local_addr().unwrap().port(), heard: Arc::default() };
        let heard = server.heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, heard) = (script.clone(), heard.clone());
                tokio::spawn(async move {
                    if script.is_secure {
                        if let Ok(stream) = acceptor().accept(stream).await {
                            talk(stream, script, heard).await;
                        }
                        return;
                    }
                    let upgrade = script.extensions.contains("STARTTLS");
                    if let Some(stream) = talk(stream, script.clone(), heard.clone()).await
                        && upgrade
                        && let Ok(stream) = acceptor().accept(stream).await
                    {
                        talk(
                            stream,
                            Script { extensions: "AUTH PLAIN", instead: vec![("greeting", Do::Say(""))], ..script },
                            heard,
                        )
                        .await;
                    }
                });
            }
        });
        server
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    fn heard_any(&self, start: &str) -> bool {
        self.heard().iter().any(|line| line.starts_with(start))
    }
}

fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("../../../egress/tests/it/tls/localhost.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../../../egress/tests/it/tls/localhost.key.pem")).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Holds one conversation; gives the connection back for encryption.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(stream: S, script: Script, heard: Arc<Mutex<Vec<String>>>) -> Option<S> {
    let mut stream = BufReader::new(stream);
    let mut in_message = false;
    let mut line = "greeting".to_owned();
    loop {
        let known = if in_message { line == "." } else { true };
        if known {
            let found =
                script.instead.iter().find(|(start, _)| if *start == "." { line == "." } else { line.starts_with(start) });
            let answer = match found.map(|(_, what)| what.clone()) {
                Some(Do::Close) => return None,
                Some(Do::Hang) => {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                    return None;
                }
                Some(Do::Say(text)) => text.to_owned(),
                None => good(&line, script.extensions),
            };
            in_message = answer.starts_with("354") && line == "DATA";
            stream.get_mut().write_all(answer.as_bytes()).await.ok()?;
            stream.get_mut().flush().await.ok()?;
            if line == "STARTTLS" && answer.starts_with("220") {
                return Some(stream.into_inner());
            }
            if line == "QUIT" {
                return None;
            }
        }
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        line = line.trim_end().to_owned();
        heard.lock().unwrap().push(line.clone());
    }
}

fn good(line: &str, extensions: &str) -> String {
    let word = line.split([' ', ':']).next().unwrap_or_default();
    match word {
        "greeting" => "220 mail.test ESMTP\r\n".to_owned(),
        "EHLO" => {
            let all: Vec<&str> = ["mail.test"].into_iter().chain(extensions.split(',').filter(|one| !one.is_empty())).collect();
            let last = all.len() - 1;
            all.iter().enumerate().map(|(at, one)| format!("250{}{one}\r\n", if at == last { ' ' } else { '-' })).collect()
        }
        "AUTH" if line == "AUTH LOGIN" => "334 VXNlcm5hbWU6\r\n".to_owned(),
        "AUTH" => "235 2.7.0 welcome\r\n".to_owned(),
        "DATA" => "354 go ahead\r\n".to_owned(),
        "STARTTLS" => "220 ready\r\n".to_owned(),
        "QUIT" => "221 bye\r\n".to_owned(),
        "." => "250 2.0.0 Ok: queued as 4F1C2\r\n".to_owned(),
        _ => "250 2.1.0 Ok\r\n".to_owned(),
    }
}

fn connect(allow: &str) -> Connect {
    let allow = Options::parse_allow(allow).unwrap();
    let roots = Options::parse_roots(include_bytes!("../../../egress/tests/it/tls/ca.pem")).unwrap();
    Connect::new(Egress::new(Options { allow, roots, connect_timeout: Duration::from_secs(2), ..Options::default() }).unwrap())
}

fn connection(port: u16, security: &str, more: &[(&str, &str)]) -> Credential {
    let port = port.to_string();
    let values = [("host", "localhost"), ("port", &port), ("security", security), ("from", "shop@example.com")];
    let values = values.iter().chain(more).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Credential { method: AuthMethod::Manifest("smtp".into()), values, allowed_hosts: Vec::new() }
}

const SIGNED_IN: &[(&str, &str)] = &[("username", "ada"), ("password", PASSWORD)];

fn input() -> Value {
    json!({ "to": "ada@example.com, bob@example.com", "subject": "Hello", "text": ".starts with a dot\n.\nend" })
}

/// The way a run does: through the journal's format.
async fn sent(connect: &Connect, credential: &Credential, input: &Value, timeout_ms: u64) -> CallResult {
    let prepared = connect.prepare("email", "send", input).unwrap();
    let stored = serde_json::to_string(&prepared.request).unwrap();
    assert!(!stored.contains(PASSWORD), "{stored}");
    let request = serde_json::from_str(&stored).unwrap();
    connect.perform(&request, "key-1", Some(credential), Duration::from_millis(timeout_ms)).await
}

async fn refused(script: Script, security: &str, more: &[(&str, &str)]) -> (CallError, Server) {
    let waits = script.instead.iter().any(|(_, what)| matches!(what, Do::Hang | Do::Say("250-half an answer\r\n")));
    let server = Server::start(script).await;
    let timeout_ms = if waits { 500 } else { 10_000 };
    let result = sent(&connect("127.0.0.0/8"), &connection(server.port, security, more), &input(), timeout_ms).await;
    (result.outcome.expect_err("a failure"), server)
}

fn script(instead: Vec<(&'static str, Do)>) -> Script {
    Script { instead, extensions: "SIZE 1000000,AUTH LOGIN PLAIN", is_secure: false }
}

#[tokio::test]
async fn a_mail_is_handed_over_and_its_answer_kept() {
    let server = Server::start(script(vec![])).await;
    let result = sent(&connect("127.0.0.0/8"), &connection(server.port, "none", SIGNED_IN), &input(), 5_000).await;
    let output = result.outcome.unwrap();
    assert_eq!(output["recipients"], json!(["ada@example.com", "bob@example.com"]));
    assert_eq!(output["answer"], "2.0.0 Ok: queued as 4F1C2");
    let id = output["message_id"].as_str().unwrap();
    let heard = server.heard();
    assert_eq!(&heard[0][..6], "EHLO [");
    assert_eq!(heard[1], "AUTH PLAIN AGFkYQBjb3JyZWN0IGhvcnNlIGJhdHRlcnk=");
    assert!(heard[2].starts_with("MAIL FROM:<shop@example.com> SIZE="), "{heard:?}");
    assert_eq!(heard[3..6], ["RCPT TO:<ada@example.com>", "RCPT TO:<bob@example.com>", "DATA"]);
    assert!(heard.contains(&format!("Message-ID: {id}")) && heard.contains(&"..starts with a dot".to_owned()), "{heard:?}");
    assert_eq!(heard[heard.len() - 2..], [".", "QUIT"]);
    let record = result.response.unwrap();
    assert_eq!((record.status, record.body.as_deref()), (250, Some("2.0.0 Ok: queued as 4F1C2")));
}

#[tokio::test]
async fn others_send_mail_through_a_connection_too() {
    let server = Server::start(Script { is_secure: true, ..script(vec![]) }).await;
    let mail = Mail::of(&json!({ "to": "ada@example.com", "subject": "Alert", "html": "<p>Down</p>" })).unwrap();
    let credential = connection(server.port, "tls", SIGNED_IN);
    let sent = connect("127.0.0.0/8").send_mail(&credential, &mail, "alert-7", Duration::from_secs(5)).await.unwrap();
    assert_eq!(sent.recipients, ["ada@example.com"]);
    assert!(server.heard().contains(&"Content-Type: text/html; charset=utf-8".to_owned()), "{:?}", server.heard());
}

#[tokio::test]
async fn encryption_begins_before_anybody_signs_in() {
    let server = Server::start(Script { extensions: "STARTTLS", ..script(vec![]) }).await;
    let result = sent(&connect("127.0.0.0/8"), &connection(server.port, "starttls", SIGNED_IN), &input(), 5_000).await;
    assert!(result.outcome.is_ok(), "{result:?}");
    let heard = server.heard();
    assert_eq!((heard[1].as_str(), &heard[2][..4], &heard[3][..10]), ("STARTTLS", "EHLO", "AUTH PLAIN"));
}

#[tokio::test]
async fn the_test_of_a_connection_signs_in_and_leaves() {
    let server = Server::start(script(vec![])).await;
    let open = connect("127.0.0.0/8");
    let credential = connection(server.port, "none", SIGNED_IN);
    open.test("email", &credential, Duration::from_secs(5)).await.unwrap();
    assert!(server.heard_any("AUTH") && server.heard_any("QUIT") && !server.heard_any("MAIL"), "{:?}", server.heard());
    let account = open.identity("email", &credential, Duration::from_secs(5)).await.unwrap();
    assert_eq!((account.id.as_str(), account.label.as_str()), ("localhost shop@example.com", "shop@example.com"));
    let wrong = Server::start(script(vec![("AUTH", Do::Say("535 5.7.8 no: correct horse battery\r\n"))])).await;
    let error = open.test("email", &connection(wrong.port, "none", SIGNED_IN), Duration::from_secs(5)).await.unwrap_err();
    assert_eq!((error.class, error.code()), (ErrorClass::Auth, "smtp.auth"));
    assert!(!error.message.contains(PASSWORD), "what a server repeats is masked: {error}");
}

#[tokio::test]
async fn each_no_has_its_meaning() {
    use ErrorClass::{Auth, Permanent, Permission, Rejected, Transient};
    let cases: Vec<(&'static str, &'static str, ErrorClass, &str, &str)> = vec![
        ("greeting", "554 5.7.1 go away\r\n", Permanent, "smtp.turned_away", "takes no mail from here"),
        ("greeting", "421 4.3.2 busy\r\n", Transient, "smtp.later", "just now"),
        ("greeting", "HTTP/1.1 400 Bad Request\r\n", Permanent, "smtp.odd", "not SMTP"),
        ("EHLO", "502 unknown\r\n", Permanent, "smtp.turned_away", "502"),
        ("AUTH", "535 5.7.8 wrong\r\n", Auth, "smtp.auth", "user name and password"),
        ("AUTH", "454 4.7.0 later\r\n", Transient, "smtp.later", "454"),
        ("MAIL", "550 5.7.1 not yours\r\n", Rejected, "smtp.sender", "shop@example.com"),
        ("MAIL", "530 5.7.0 sign in\r\n", Auth, "smtp.auth", "signed in"),
        (
            "RCPT TO:<bob",
            "550 5.1.1 no such user\r\n",
            Rejected,
            "smtp.recipient",
            "bob@example.com; nothing was sent to anybody",
        ),
        ("RCPT TO:<bob", "450 4.2.0 greylisted\r\n", Transient, "smtp.later", "greylisted"),
        ("DATA", "554 no\r\n", Rejected, "smtp.rejected", "554"),
        ("DATA", "250 strange\r\n", Permanent, "smtp.odd", "unexpected"),
        (".", "552 5.3.4 too big\r\n", Rejected, "smtp.too_large", "too large"),
        (".", "554 5.7.1 spam\r\n", Rejected, "smtp.rejected", "554 5.7.1 spam"),
        (".", "451 4.3.0 try later\r\n", Transient, "smtp.later", "451"),
    ];
    for (at, says, class, code, words) in cases {
        let (error, server) = refused(script(vec![(at, Do::Say(says))]), "none", SIGNED_IN).await;
        assert_eq!((error.class, error.code(), error.indeterminate), (class, code, false), "{at} {says}: {error:?}");
        assert!(error.message.contains(words), "{at} {says}: {error}");
        assert!(at == "." || !server.heard_any("."), "nothing was sent: {:?}", server.heard());
    }
    let (error, _) = refused(Script { extensions: "AUTH XOAUTH2", ..Script::default() }, "none", SIGNED_IN).await;
    assert_eq!((error.class, error.code()), (Permission, "smtp.no_sign_in"));
    assert!(error.message.contains("XOAUTH2"), "{error}");
    let (error, server) = refused(Script { extensions: "SIZE 100", ..Script::default() }, "none", &[]).await;
    assert_eq!((error.class, error.code()), (Rejected, "smtp.too_large"));
    assert!(!server.heard_any("MAIL"));
    let (error, _) = refused(script(vec![("RCPT TO:<bob", Do::Say("550 5.1.1 no\r\n"))]), "none", &[]).await;
    assert_eq!((error.field.as_deref(), error.status), (Some("input.to"), Some(550)));
}

#[tokio::test]
async fn a_mail_may_have_been_taken_only_once_its_end_was_sent() {
    for at in ["greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"] {
        for what in [Do::Close, Do::Hang] {
            let (error, _) = refused(script(vec![(at, what)]), "none", SIGNED_IN).await;
            assert!(!error.indeterminate, "{at}: {error:?}");
            assert!(matches!(error.class, ErrorClass::Transient | ErrorClass::TimedOut), "{at}: {error:?}");
        }
    }
    for (what, class) in [
        (Do::Close, ErrorClass::Transient),
        (Do::Hang, ErrorClass::TimedOut),
        (Do::Say("250-half an answer\r\n"), ErrorClass::TimedOut),
        (Do::Say("what?\r\n"), ErrorClass::Permanent),
    ] {
        let (error, server) = refused(script(vec![(".", what)]), "none", SIGNED_IN).await;
        assert!(error.indeterminate && server.heard_any("."), "{error:?}");
        assert_eq!(error.class, class, "{error:?}");
    }
    let server = Server::start(script(vec![("QUIT", Do::Hang)])).await;
    let result = sent(&connect("127.0.0.0/8"), &connection(server.port, "none", &[]), &input(), 5_000).await;
    assert!(result.outcome.is_ok(), "a server that does not say goodbye has taken it all the same");
}

#[tokio::test]
async fn secrets_are_only_said_in_secret() {
    let plain = || script(vec![]);
    // No encryption outside the networks the operator named: here none is.
    let server = Server::start(plain()).await;
    let result = sent(&connect(""), &connection(server.port, "none", SIGNED_IN), &input(), 1_500).await;
    assert_eq!(result.outcome.unwrap_err().code(), "egress.refused");
    let (error, server) = refused(Script { extensions: "AUTH PLAIN", ..plain() }, "starttls", SIGNED_IN).await;
    assert_eq!((error.class, error.code()), (ErrorClass::Permanent, "smtp.no_starttls"));
    assert!(!server.heard_any("AUTH"));
    let no = vec![("STARTTLS", Do::Say("502 5.5.1 not now\r\n"))];
    let (error, server) =
        refused(Script { extensions: "STARTTLS,AUTH PLAIN", instead: no, is_secure: false }, "starttls", SIGNED_IN).await;
    assert_eq!((error.class, error.code()), (ErrorClass::Permanent, "smtp.tls"));
    assert!(!server.heard_any("AUTH"));
    // Words slipped in before the encryption begins are not taken for the server's.
    let injected = vec![("STARTTLS", Do::Say("220 ready\r\n250-mail.test\r\n250 AUTH PLAIN\r\n"))];
    let (error, server) =
        refused(Script { extensions: "STARTTLS", instead: injected, is_secure: false }, "starttls", SIGNED_IN).await;
    assert_eq!((error.class, error.code()), (ErrorClass::Permanent, "smtp.injected"));
    assert!(!server.heard_any("AUTH"));
    let (error, _) = refused(plain(), "tls", SIGNED_IN).await;
    assert_eq!((error.class, error.code()), (ErrorClass::Permanent, "smtp.tls"), "{error}");
    assert!(error.message.contains("STARTTLS"), "{error}");
}

#[tokio::test]
async fn a_certificate_nobody_trusts_keeps_the_password_here() {
    let server = Server::start(Script { is_secure: true, ..script(vec![]) }).await;
    let allow = Options::parse_allow("127.0.0.0/8").unwrap();
    let distrusting = Connect::new(Egress::new(Options { allow, ..Options::default() }).unwrap());
    let result = sent(&distrusting, &connection(server.port, "tls", SIGNED_IN), &input(), 5_000).await;
    let error = result.outcome.unwrap_err();
    assert_eq!((error.class, error.code(), error.indeterminate), (ErrorClass::Permanent, "egress.certificate", false));
    let host = format!("localhost:{}", server.port);
    assert!(error.message.starts_with(&format!("No secure connection to {host}: its certificate is not trusted")), "{error}");
    assert_eq!(error.untrusted.as_deref(), Some(host.as_str()));
    assert!(server.heard().is_empty(), "{:?}", server.heard());
    // Asked again, with an authority that is known by now.
    assert_eq!(distrusting.try_certificate(&host).await.unwrap_err().code(), "egress.certificate");
    connect("127.0.0.0/8").try_certificate(&host).await.unwrap();
    let plain = Server::start(script(vec![("greeting", Do::Say("220 mail.test\r\n"))])).await;
    let error = distrusting.try_certificate(&format!("localhost:{}", plain.port)).await.unwrap_err();
    assert_eq!((error.code(), &error.untrusted), ("egress.tls", &None));
    assert_eq!(distrusting.try_certificate("a b").await.unwrap_err().code(), "egress.invalid_url");
}

#[tokio::test]
async fn what_a_connection_lacks_is_said() {
    let connect = connect("127.0.0.0/8");
    for (values, class, code) in [
        (vec![("from", "nobody")], ErrorClass::Auth, "connection.incomplete"),
        (vec![("port", "99999")], ErrorClass::Auth, "connection.incomplete"),
        (vec![("port", "x")], ErrorClass::Auth, "connection.incomplete"),
        (vec![("security", "magic")], ErrorClass::Auth, "connection.incomplete"),
        (vec![("host", "")], ErrorClass::Auth, "connection.incomplete"),
        (vec![("from", "a@example.com\r\nRCPT TO:<eve@example.com>")], ErrorClass::Auth, "connection.incomplete"),
        (vec![("username", "a\r\nQUIT")], ErrorClass::Auth, "connection.incomplete"),
        (vec![("host", "user@localhost")], ErrorClass::Input, "egress.invalid_url"),
    ] {
        let mut credential = connection(25, "none", &[]);
        credential.values.extend(values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let error = sent(&connect, &credential, &input(), 1_000).await.outcome.unwrap_err();
        assert_eq!((error.class, error.code()), (class, code), "{values:?}: {error}");
    }
    let mut elsewhere = connection(25, "none", &[]);
    elsewhere.allowed_hosts = vec!["mail.example.com".into()];
    assert_eq!(sent(&connect, &elsewhere, &input(), 1_000).await.outcome.unwrap_err().code(), "connection.host");
    let prepared = connect.prepare("email", "send", &input()).unwrap();
    let result = connect.perform(&prepared.request, "k", None, Duration::from_secs(1)).await;
    assert_eq!(result.outcome.unwrap_err().code(), "connection.missing");
}

#[test]
fn what_is_recorded_is_what_a_person_wants_to_see() {
    let connect = connect("");
    let input = json!({
        "to": "Ada <ada@example.com>", "bcc": "eve@example.com", "subject": "Hi", "text": "Hello",
        "attachments": [{ "name": "a.txt", "text": "secret contents" }],
    });
    let prepared = connect.prepare("email", "send", &input).unwrap();
    assert_eq!(prepared.request, connect.prepare("email", "send", &input).unwrap().request, "equal input, equal record");
    assert_eq!((prepared.request.method.as_str(), prepared.class), ("SMTP", model::run::EffectClass::Unsafe));
    let headers: Vec<String> = prepared.request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(headers, ["To: Ada <ada@example.com>", "Bcc: eve@example.com", "Subject: Hi", "Attachments: a.txt (15 bytes)"]);
    let error = connect.prepare("email", "send", &json!({ "to": "x", "subject": "y", "text": "z" })).unwrap_err();
    assert_eq!((error.code(), error.field.as_deref()), ("email.address", Some("input.to")));
}
