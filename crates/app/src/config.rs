//! Settings: defaults, then the file that `PATCHBAY_CONFIG` names, then the environment.

use std::{collections::BTreeMap, fmt::Write as _, net::SocketAddr, path::PathBuf, str::FromStr};

use anyhow::{Context as _, bail};
use ipnet::IpNet;
use store::DatabaseUrl;
use tracing_subscriber::EnvFilter;
use url::Url;

/// One setting, as documented. The file's key is the name in lower case without `PATCHBAY_`.
struct Setting {
    name: &'static str,
    default: &'static str,
    help: &'static str,
}

const SETTINGS: &[Setting] = &[
    Setting { name: "PATCHBAY_BIND", default: "127.0.0.1:8080", help: "Address and port to listen on." },
    Setting { name: "PATCHBAY_DATA_DIR", default: "./patchbay-data", help: "Folder of the embedded database and the key file." },
    Setting {
        name: "PATCHBAY_DATABASE_URL",
        default: "",
        help: "`postgres://user:password@host/database`; empty: the embedded SQLite in the data folder.",
    },
    Setting {
        name: "PATCHBAY_PUBLIC_URL",
        default: "",
        help: "How people and senders reach this server, e.g. `https://patchbay.example.com`. Hooks and links begin with it, other hosts are redirected to it, and cookies become `Secure` when it is https.",
    },
    Setting {
        name: "PATCHBAY_KEY_FILE",
        default: "",
        help: "File with the key that seals stored secrets; empty: `patchbay.key` in the data folder, created at the first start. Back it up apart from the database.",
    },
    Setting {
        name: "PATCHBAY_EGRESS_ALLOW",
        default: "",
        help: "Private networks that workflows may call, as CIDRs with commas: `10.0.0.0/8,127.0.0.1/32`. Everything private is refused otherwise.",
    },
    Setting {
        name: "PATCHBAY_EGRESS_CA",
        default: "",
        help: "File with certificates (PEM) that are trusted beside the system's when other systems and mail servers are called: those of a company's own authority.",
    },
    Setting {
        name: "PATCHBAY_TRUSTED_PROXIES",
        default: "",
        help: "Proxies whose `X-Forwarded-*` headers are believed, as CIDRs with commas.",
    },
    Setting {
        name: "PATCHBAY_OAUTH_<CONNECTOR>_CLIENT_ID",
        default: "",
        help: "The app at a vendor that people sign in through, such as `PATCHBAY_OAUTH_SLACK_CLIENT_ID`; it comes before one that an owner registers. Only in the environment.",
    },
    Setting {
        name: "PATCHBAY_OAUTH_<CONNECTOR>_CLIENT_SECRET",
        default: "",
        help: "The secret of that app; empty for a public client. Only in the environment.",
    },
    Setting {
        name: "PATCHBAY_SECRET_ENV",
        default: "",
        help: "Variables that a connection's secret fields may name as `env:NAME`, with commas; `CRM_*` allows all that begin so. Whoever may make connections can use them.",
    },
    Setting {
        name: "PATCHBAY_SECRET_FILES",
        default: "",
        help: "Folders whose files a connection's secret fields may name as `file:/run/secrets/crm`, with commas. Files are read for each call, so that a secret changed there is used at once.",
    },
    Setting { name: "PATCHBAY_SLOTS", default: "128", help: "Runs that one process drives at the same time." },
    Setting {
        name: "PATCHBAY_MAX_BODY_BYTES",
        default: "10551296",
        help: "Largest request body, in bytes, whatever a webhook allows.",
    },
    Setting { name: "PATCHBAY_CACHE_BYTES", default: "8388608", help: "SQLite: memory for database pages, in bytes." },
    Setting { name: "PATCHBAY_DATABASE_CONNECTIONS", default: "8", help: "Connections to PostgreSQL, or readers of SQLite." },
    Setting {
        name: "PATCHBAY_PUBLIC_METRICS",
        default: "false",
        help: "`/metrics` answers everybody, not only this machine and API tokens.",
    },
    Setting {
        name: "PATCHBAY_HEARTBEAT_URL",
        default: "",
        help: "Address that is called (GET) about every minute while this server takes jobs and looks for what is wrong: whoever watches it notices a server that is down and tells nobody.",
    },
    Setting {
        name: "PATCHBAY_UI_DIR",
        default: "",
        help: "Serve the pages from this folder instead of the built-in ones; for development.",
    },
    Setting {
        name: "PATCHBAY_LOG",
        default: "info",
        help: "What is logged: `warn`, `info`, `debug`, or by part: `info,worker=debug`.",
    },
    Setting { name: "PATCHBAY_LOG_FORMAT", default: "text", help: "`text` or `json`." },
    Setting {
        name: "PATCHBAY_URL",
        default: "http://127.0.0.1:8080",
        help: "Command line: the server that `patchbay workflow` talks to.",
    },
    Setting { name: "PATCHBAY_TOKEN", default: "", help: "Command line: the API token for it." },
];

pub struct Config {
    pub bind: SocketAddr,
    pub database: DatabaseUrl,
    pub data_dir: PathBuf,
    pub public_url: Option<Url>,
    pub key_file: PathBuf,
    pub egress_allow: Vec<IpNet>,
    /// Certificates that are trusted beside the system's, in PEM.
    pub egress_ca: Option<Vec<u8>>,
    pub trusted_proxies: Vec<IpNet>,
    pub slots: usize,
    pub max_body_bytes: usize,
    pub cache_bytes: u64,
    pub connections: u32,
    pub public_metrics: bool,
    pub heartbeat_url: Option<Url>,
    pub ui_dir: Option<PathBuf>,
    /// Apps at vendors, by connector.
    pub apps: BTreeMap<String, vault::App>,
    /// Where secrets may stand besides the database.
    pub sources: vault::Sources,
    pub url: Url,
    pub token: Option<String>,
    log: String,
    json_log: bool,
}

impl Config {
    /// From the environment of the process: the one place that reads it.
    pub fn load() -> anyhow::Result<Self> {
        let (environment, others): (BTreeMap<_, _>, BTreeMap<_, _>) = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .partition(|(name, _)| name.starts_with("PATCHBAY_"));
        let file = match environment.get("PATCHBAY_CONFIG") {
            Some(path) => {
                std::fs::read_to_string(path).with_context(|| format!("the configuration file {path} cannot be read"))?
            }
            None => String::new(),
        };
        Self::from(&environment, others, &file)
    }

    /// `others`: variables that are no settings; what of them may hold secrets is a setting.
    fn from(environment: &BTreeMap<String, String>, others: BTreeMap<String, String>, file: &str) -> anyhow::Result<Self> {
        let values = Values::merge(environment, file)?;
        let data_dir = PathBuf::from(values.text("PATCHBAY_DATA_DIR"));
        let database = match values.optional("PATCHBAY_DATABASE_URL") {
            None => DatabaseUrl::Sqlite { dir: data_dir.clone() },
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                DatabaseUrl::Postgres { url: url.into() }
            }
            // The text may hold a password: it is not repeated.
            Some(_) => bail!("PATCHBAY_DATABASE_URL must begin with postgres://; leave it empty for the embedded SQLite"),
        };
        let public_url: Option<Url> = values.parsed("PATCHBAY_PUBLIC_URL")?;
        if public_url.as_ref().is_some_and(|url| !matches!(url.scheme(), "http" | "https") || url.path() != "/") {
            bail!("PATCHBAY_PUBLIC_URL must be like https://patchbay.example.com, without a path");
        }
        let heartbeat_url: Option<Url> = values.parsed("PATCHBAY_HEARTBEAT_URL")?;
        if heartbeat_url.as_ref().is_some_and(|url| !matches!(url.scheme(), "http" | "https")) {
            bail!("PATCHBAY_HEARTBEAT_URL must begin with https:// or http://");
        }
        Ok(Config {
            heartbeat_url,
            bind: values.required("PATCHBAY_BIND")?,
            public_url,
            key_file: values.optional("PATCHBAY_KEY_FILE").map_or_else(|| data_dir.join("patchbay.key"), PathBuf::from),
            egress_allow: values.networks("PATCHBAY_EGRESS_ALLOW")?,
            egress_ca: values.optional("PATCHBAY_EGRESS_CA").map(read_roots).transpose()?,
            trusted_proxies: values.networks("PATCHBAY_TRUSTED_PROXIES")?,
            slots: values.required("PATCHBAY_SLOTS")?,
            max_body_bytes: values.required("PATCHBAY_MAX_BODY_BYTES")?,
            cache_bytes: values.required("PATCHBAY_CACHE_BYTES")?,
            connections: values.required("PATCHBAY_DATABASE_CONNECTIONS")?,
            public_metrics: values.required("PATCHBAY_PUBLIC_METRICS")?,
            ui_dir: values.optional("PATCHBAY_UI_DIR").map(PathBuf::from),
            apps: apps(environment)?,
            sources: vault::Sources::new(&values.list("PATCHBAY_SECRET_ENV"), others, values.folders("PATCHBAY_SECRET_FILES")?),
            url: values.required("PATCHBAY_URL")?,
            token: values.optional("PATCHBAY_TOKEN").map(str::to_owned),
            log: values.text("PATCHBAY_LOG").to_owned(),
            json_log: match values.text("PATCHBAY_LOG_FORMAT") {
                "text" => false,
                "json" => true,
                other => bail!("PATCHBAY_LOG_FORMAT is `{other}`; it must be text or json"),
            },
            database,
            data_dir,
        })
    }

    /// Logs go to standard error: what commands print stays alone on standard output.
    pub fn start_log(&self) {
        // These two log every request and every start at a level that is ours.
        let filter = format!("tower_sessions=error,tower_sessions_core=error,sea_orm_migration=warn,{}", self.log);
        let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        if self.json_log { log.json().init() } else { log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init() }
    }

    pub fn store(&self) -> store::Options {
        let mut options = store::Options::new(self.database.clone());
        options.page_cache_bytes = self.cache_bytes;
        options.pool_size = self.connections;
        options
    }
}

/// `PATCHBAY_OAUTH_<CONNECTOR>_CLIENT_ID` and `_CLIENT_SECRET`. A secret without its id is a mistake that would show only at a consent.
fn apps(environment: &BTreeMap<String, String>) -> anyhow::Result<BTreeMap<String, vault::App>> {
    let mut apps = BTreeMap::new();
    for (name, value) in environment {
        let Some(rest) = name.strip_prefix("PATCHBAY_OAUTH_") else { continue };
        let value = value.trim();
        if let Some(connector) = rest.strip_suffix("_CLIENT_ID") {
            let secret = environment.get(&format!("PATCHBAY_OAUTH_{connector}_CLIENT_SECRET")).map(|text| text.trim());
            let client_secret = secret.filter(|text| !text.is_empty()).map(str::to_owned);
            if !value.is_empty() {
                apps.insert(connector.to_lowercase(), vault::App { client_id: value.to_owned(), client_secret });
            }
        } else if let Some(connector) = rest.strip_suffix("_CLIENT_SECRET") {
            if !value.is_empty() && !environment.contains_key(&format!("PATCHBAY_OAUTH_{connector}_CLIENT_ID")) {
                bail!("{name} is set without PATCHBAY_OAUTH_{connector}_CLIENT_ID");
            }
        } else {
            bail!("{name} is not known; an app has PATCHBAY_OAUTH_<CONNECTOR>_CLIENT_ID and _CLIENT_SECRET");
        }
    }
    Ok(apps)
}

/// The documented settings with the values that hold.
struct Values(BTreeMap<&'static str, String>);

impl Values {
    fn merge(environment: &BTreeMap<String, String>, file: &str) -> anyhow::Result<Self> {
        let file: toml::Table = toml::from_str(file).context("the configuration file is not valid TOML")?;
        let mut values: BTreeMap<&'static str, String> = SETTINGS.iter().map(|s| (s.name, s.default.to_owned())).collect();
        for (key, value) in &file {
            let name = format!("PATCHBAY_{}", key.to_uppercase());
            let known = SETTINGS
                .iter()
                .find(|s| s.name == name)
                .with_context(|| format!("the configuration file has an unknown key `{key}`"))?;
            let text = match value {
                toml::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            values.insert(known.name, text);
        }
        for setting in SETTINGS {
            if let Some(value) = environment.get(setting.name) {
                values.insert(setting.name, value.trim().to_owned());
            }
        }
        Ok(Values(values))
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn optional(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    fn parsed<T: FromStr<Err: std::fmt::Display>>(&self, name: &str) -> anyhow::Result<Option<T>> {
        self.optional(name)
            .map(|text| text.parse().map_err(|error| anyhow::anyhow!("{name} is not understood: {error}")))
            .transpose()
    }

    fn required<T: FromStr<Err: std::fmt::Display>>(&self, name: &str) -> anyhow::Result<T> {
        self.parsed(name)?.with_context(|| format!("{name} must not be empty"))
    }

    /// What stands between commas.
    fn list(&self, name: &str) -> Vec<String> {
        self.text(name).split(',').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }

    fn folders(&self, name: &str) -> anyhow::Result<Vec<PathBuf>> {
        let folders: Vec<PathBuf> = self.list(name).into_iter().map(PathBuf::from).collect();
        match folders.iter().find(|folder| !folder.is_absolute() || folder.parent().is_none()) {
            Some(odd) => bail!("{name} names `{}`; it must be a folder with its whole path, below /", odd.display()),
            None => Ok(folders),
        }
    }

    fn networks(&self, name: &str) -> anyhow::Result<Vec<IpNet>> {
        egress::Options::parse_allow(self.text(name)).with_context(|| format!("{name} is not understood"))
    }
}

/// Read at start: a file that is missing or holds something else is said then, not at the first call.
fn read_roots(path: &str) -> anyhow::Result<Vec<u8>> {
    let pem = std::fs::read(path).with_context(|| format!("the file {path} of PATCHBAY_EGRESS_CA cannot be read"))?;
    egress::Options::parse_roots(&pem).with_context(|| format!("the file {path} of PATCHBAY_EGRESS_CA is not understood"))?;
    Ok(pem)
}

/// `docs/config.md`.
pub fn reference() -> String {
    let mut page = String::from(
        "# Configuration\n\nSettings come from the environment. A TOML file named by `PATCHBAY_CONFIG` may hold them too, with keys in lower case and\nwithout the prefix (`bind = \"0.0.0.0:8080\"`); the environment wins. `patchbay doctor` checks them.\n\n| setting | default | what it does |\n|---|---|---|\n",
    );
    for setting in SETTINGS {
        let default = if setting.default.is_empty() { String::new() } else { format!("`{}`", setting.default) };
        let _ = writeln!(page, "| `{}` | {default} | {} |", setting.name, setting.help);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(environment: &[(&str, &str)], file: &str) -> anyhow::Result<Config> {
        let others = BTreeMap::from([("CRM_KEY".to_owned(), "hunter22".to_owned())]);
        Config::from(&environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(), others, file)
    }

    #[test]
    fn environment_wins_over_file_over_default() {
        let config = load(&[("PATCHBAY_BIND", "0.0.0.0:1")], "bind = \"0.0.0.0:2\"\nslots = 7").unwrap();
        assert_eq!(config.bind.to_string(), "0.0.0.0:1");
        assert_eq!(config.slots, 7);
        assert_eq!(config.max_body_bytes, 10_551_296);
        assert_eq!(config.key_file, PathBuf::from("./patchbay-data/patchbay.key"));
    }

    #[test]
    fn apps_come_from_the_environment_alone() {
        let config =
            load(&[("PATCHBAY_OAUTH_SLACK_CLIENT_ID", "1.2"), ("PATCHBAY_OAUTH_SLACK_CLIENT_SECRET", "hidden")], "").unwrap();
        let app = &config.apps["slack"];
        assert_eq!((app.client_id.as_str(), app.client_secret.as_deref()), ("1.2", Some("hidden")));
        for name in ["PATCHBAY_OAUTH_SLACK_CLIENT_SECRET", "PATCHBAY_OAUTH_SLACK_KEY"] {
            let error = format!("{:#}", load(&[(name, "hidden")], "").err().unwrap());
            assert!(error.contains(name) && !error.contains("hidden"), "{error}");
        }
    }

    #[test]
    fn secrets_outside_are_listed() {
        let found = |settings: &[(&str, &str)]| load(settings, "").unwrap().sources.resolve("env:CRM_KEY").ok();
        assert_eq!(found(&[]), None, "nothing is allowed unless it is listed");
        assert_eq!(found(&[("PATCHBAY_SECRET_ENV", "SHOP_KEY, CRM_*")]).as_deref(), Some("hunter22"));
    }

    #[test]
    fn says_what_is_wrong() {
        for (name, value, part) in [
            ("PATCHBAY_BIND", "nowhere", "PATCHBAY_BIND"),
            ("PATCHBAY_DATABASE_URL", "mysql://u:secret@h/d", "postgres://"),
            ("PATCHBAY_PUBLIC_URL", "https://x.example/path", "without a path"),
            ("PATCHBAY_EGRESS_ALLOW", "10.0.0.0/99", "PATCHBAY_EGRESS_ALLOW"),
            ("PATCHBAY_EGRESS_CA", "/nowhere/ca.pem", "cannot be read"),
            ("PATCHBAY_EGRESS_CA", "/dev/null", "not understood"),
            ("PATCHBAY_LOG_FORMAT", "xml", "text or json"),
            ("PATCHBAY_SECRET_FILES", "folder", "whole path"),
            ("PATCHBAY_SECRET_FILES", "/run/x,/", "whole path"),
        ] {
            let error = format!("{:#}", load(&[(name, value)], "").err().unwrap());
            assert!(error.contains(part), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
        assert!(format!("{:#}", load(&[], "bnid = 1").err().unwrap()).contains("bnid"));
    }

    #[test]
    fn the_page_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/config.md");
        #[expect(clippy::disallowed_methods, reason = "a switch for whoever changes the settings")]
        if std::env::var("UPDATE_DOCS").is_ok() {
            std::fs::write(path, reference()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), reference(), "run the tests with UPDATE_DOCS=1");
    }
}
