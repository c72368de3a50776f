//! The requests of one connector, with what was recorded of each.

use manifest::{Connector, IdempotencyClass, KeyPlace, Operation, RequestSpec};

use crate::book::Call;
use crate::json::{Step, path};
use crate::place::{Holes, Place};
use crate::record::{Answered, Exchange, Record};

/// What can be asked of a connector's API.
#[derive(Debug)]
pub(crate) struct Known<'c> {
    pub connector: &'c Connector,
    pub record: &'static Record,
    specs: Vec<Spec<'c>>,
    rules: Vec<(String, Place, &'static Call)>,
}

/// One request of the manifest.
#[derive(Debug)]
pub(crate) struct Spec<'c> {
    pub place: Place,
    pub request: &'c RequestSpec,
    pub operation: Option<&'c Operation>,
    /// What the subscription of a webhook must answer: names and paths.
    pub state: Vec<(String, Vec<Step>)>,
}

impl<'c> Known<'c> {
    pub fn new(connector: &'c Connector, record: &'static Record) -> Self {
        let mut specs = Vec::new();
        let mut add = |request: &'c RequestSpec, operation: Option<&'c Operation>, state: Vec<(String, Vec<Step>)>| {
            let base = request.base_url.as_ref().unwrap_or(&connector.base_url);
            if let Some(place) = Place::parse(base, &request.path) {
                specs.push(Spec { place, request, operation, state });
            }
        };
        for operation in &connector.operations {
            operation.requests.iter().for_each(|request| add(request, Some(operation), Vec::new()));
            if let Some(lookup) = &operation.idempotency.lookup {
                add(&lookup.request, None, Vec::new());
            }
        }
        connector.loads.values().for_each(|load| add(&load.request, None, Vec::new()));
        for method in &connector.auth {
            let identity = method.identity.as_ref().map(|identity| &identity.request);
            identity.into_iter().chain(&method.test).for_each(|request| add(request, None, Vec::new()));
        }
        connector.after_connect.iter().for_each(|after| add(&after.request, None, Vec::new()));
        for trigger in &connector.triggers {
            if let Some(poll) = &trigger.poll {
                add(&poll.request, None, Vec::new());
                poll.fetch.iter().for_each(|request| add(request, None, Vec::new()));
            }
            if let Some(webhook) = &trigger.webhook {
                let state =
                    webhook.state.iter().filter_map(|(name, source)| Some((name.clone(), path(source.strip_prefix("body.")?)?)));
                let state: Vec<_> = state.collect();
                for request in webhook.subscribe.iter().chain(&webhook.renew) {
                    add(request, None, state.clone());
                }
                webhook.unsubscribe.iter().chain(&webhook.thin).for_each(|request| add(request, None, Vec::new()));
            }
        }
        let rules = record.book.calls.iter().filter_map(|call| {
            let (method, path) = call.on.split_once(' ')?;
            let base = if path.starts_with("https://") || path.starts_with('{') { "" } else { &connector.base_url };
            Some((method.to_owned(), Place::parse(base, path)?, call))
        });
        let rules = rules.collect();
        Self { connector, record, specs, rules }
    }

    /// Rules whose place fits, in their order.
    pub fn rules<'k>(&'k self, method: &'k str, url: &'k str) -> impl Iterator<Item = (&'static Call, Holes)> + 'k {
        let fitting = self.rules.iter().filter(move |(known, ..)| known == method);
        fitting.filter_map(move |(_, place, call)| Some((*call, place.read(url)?)))
    }

    /// The requests of the manifest this may be, the surest place only.
    pub fn specs(&self, method: &str, url: &str) -> Vec<(&Spec<'c>, Holes)> {
        let fitting = self.specs.iter().filter(|spec| spec.request.method == method);
        let fitting: Vec<_> = fitting.filter_map(|spec| Some((spec, spec.place.read(url)?))).collect();
        let surest = fitting.iter().map(|(spec, _)| spec.place.literal()).max();
        fitting.into_iter().filter(|(spec, _)| Some(spec.place.literal()) == surest).collect()
    }

    /// Recorded calls that went well, of requests at this place.
    pub fn successes<'k>(&'k self, place: &'k Place, method: &'k str) -> impl Iterator<Item = (&'static Exchange, Holes)> + 'k {
        let fine = self.record.cases.iter().filter(|case| case.error.is_none());
        let exchanges = fine.flat_map(|case| &case.exchanges).filter(|exchange| exchange.answer.status < 400);
        exchanges.filter(move |exchange| exchange.request.method == method).filter_map(move |exchange| {
            let url = exchange.request.url.split('?').next().unwrap_or_default().trim_end_matches('/');
            Some((exchange, place.read(url)?))
        })
    }

    /// A recorded refusal: of this class, else with this status.
    pub fn refusal(&self, class: &str, status: u16) -> Option<&'static Answered> {
        let refused =
            |case: &'static crate::record::Case| Some((case.error.as_ref()?.class.as_str(), &case.exchanges.last()?.answer));
        let all: Vec<_> = self.record.cases.iter().filter_map(refused).filter(|(_, answer)| answer.body.is_some()).collect();
        let of = |exact: bool| all.iter().find(|(is, answer)| (*is == class) && (!exact || answer.status == status));
        of(true)
            .or_else(|| of(false).filter(|_| !class.is_empty()))
            .map(|(_, answer)| *answer)
            .or_else(|| all.iter().find(|(_, answer)| answer.status == status).map(|(_, answer)| *answer))
    }
}

impl Spec<'_> {
    /// Where the vendor looks for the key under which a call is carried out once.
    pub fn key(&self) -> Option<&KeyPlace> {
        let idempotency = &self.operation?.idempotency;
        let is_effect = !matches!(self.request.method.as_str(), "GET" | "HEAD");
        idempotency.key.as_ref().filter(|_| is_effect && idempotency.class != IdempotencyClass::Unsafe)
    }
}
