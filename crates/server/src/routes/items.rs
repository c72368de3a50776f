//! A loop's iterations: from the run's snapshot where they stand in it, else from the journal. Where in it each fiftieth one began is
//! remembered, so that the next page does not begin at the journal's beginning.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
};

use model::{
    api::*,
    ids::{RunId, StepPath},
    run::{Datum, IterationEnd, Iterations, Page as IterationPage, RunEventKind},
};

use store::{Masking, Scope};

use crate::{app::App, auth::Member, endpoint::Input, error::ApiError, reading};

const DEFAULT: u32 = 50;
const MOST: u32 = 200;
/// Journal rows read at once.
const ROWS: u32 = 500;
/// Iterations from one remembered place to the next.
const STRIDE: u32 = 50;
/// Loops whose places are remembered.
const LOOPS: usize = 256;

/// Nothing for a loop the run has not come to.
pub(crate) async fn list(app: App, caller: Member, input: Input<ListItems>) -> Result<Items, ApiError> {
    let ItemsQuery { path, after, limit, status } = input.query;
    let summary = app.store.run(&caller.scope, input.path.0).await?;
    let run = summary.id;
    let begin = after.map_or(0, |after| after.saturating_add(1));
    let limit = limit.unwrap_or(DEFAULT).clamp(1, MOST);
    let masking = reading::masking(&app, &caller.scope, &summary).await?;
    if status.is_none()
        && let Some(items) = kept(&app, &caller.scope, run, &path, begin, limit).await?
    {
        return Ok(masked(items, masking));
    }
    let mut seq = app.places.before(run, &path, begin);
    let mut reader = Reader::new(path, begin, limit, status);
    loop {
        let page = app.store.journal_page(&caller.scope, run, seq, ROWS).await?;
        for row in page.rows {
            seq = row.seq;
            row.events.into_iter().for_each(|event| reader.take(seq, event.kind));
        }
        if !page.more || reader.is_done() {
            break;
        }
    }
    app.places.remember(run, &reader.path, std::mem::take(&mut reader.places));
    Ok(masked(reader.items(), masking))
}

fn masked(mut items: Items, masking: Option<Masking>) -> Items {
    let Some(mut masking) = masking else { return items };
    for item in &mut items.items {
        if let Some(output) = &mut item.output {
            masking.datum(output);
        }
        for text in item.error.iter_mut().flat_map(|error| error.texts_mut()) {
            if let Some(masked) = masking.text(text) {
                *text = masked;
            }
        }
    }
    items
}

pub(crate) async fn children(app: App, caller: Member, input: Input<ListChildren>) -> Result<Page<RunSummary>, ApiError> {
    let run = app.store.run(&caller.scope, input.path.0).await?.id;
    let ChildrenQuery { cursor, limit } = input.query;
    let query = RunsQuery { parent: Some(run), kind: Some("all".into()), cursor, limit, ..RunsQuery::default() };
    Ok(app.store.find_runs(&caller.scope, &query).await?)
}

/// A page of iterations that have all ended before the run's last snapshot; nothing where some of them have not.
async fn kept(app: &App, scope: &Scope, run: RunId, path: &StepPath, begin: u32, limit: u32) -> Result<Option<Items>, ApiError> {
    let Some((mut state, _)) = app.store.beginning(scope, run).await? else { return Ok(None) };
    let Some(all) = state.steps.get_mut(path).and_then(|step| step.iterations.as_mut()) else { return Ok(None) };
    let mut items = Vec::new();
    let mut loaded: Option<(usize, Vec<Option<IterationEnd>>)> = None;
    for index in begin..=begin.saturating_add(limit) {
        if all.count.is_some_and(|count| index >= count) {
            break;
        }
        let (page, place) = (index as usize / Iterations::PAGE, index as usize % Iterations::PAGE);
        if loaded.as_ref().is_none_or(|(at, _)| *at != page) {
            let Some(ends) = all.pages.get_mut(page).map(|page| std::mem::replace(page, IterationPage::Open(Vec::new()))) else {
                return Ok(None);
            };
            let Some(ends) = ends_of(app, run, ends).await? else { return Ok(None) };
            loaded = Some((page, ends));
        }
        let end = loaded.as_mut().and_then(|(_, ends)| ends.get_mut(place)).and_then(Option::take);
        let Some(end) = end else { return Ok(None) };
        items.push(item(index, end, &HashMap::new()));
    }
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(|last| last.index);
    Ok(Some(Items { items, next }))
}

/// Nothing where the row they were kept in is gone.
async fn ends_of(app: &App, run: RunId, page: IterationPage) -> Result<Option<Vec<Option<IterationEnd>>>, ApiError> {
    Ok(match page {
        IterationPage::Open(ends) => Some(ends),
        IterationPage::Packed(Datum::Inline(list)) => serde_json::from_value(list.as_ref().clone()).ok(),
        IterationPage::Packed(Datum::Stored { hash, .. }) => {
            let values = app.store.payloads(run, std::slice::from_ref(&hash)).await?;
            values.get(&hash).and_then(|list| serde_json::from_value(list.as_ref().clone()).ok())
        }
    })
}

/// Journal rows in which iterations began, by run and loop.
#[derive(Default)]
pub(crate) struct Places(Mutex<HashMap<(RunId, StepPath), BTreeMap<u32, i64>>>);

impl Places {
    /// The last row that surely tells nothing of iteration `index` and those after it.
    fn before(&self, run: RunId, path: &StepPath, index: u32) -> i64 {
        let loops = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = loops.get(&(run, path.clone())).and_then(|places| places.range(..=index).next_back());
        known.map_or(-1, |(_, seq)| seq - 1)
    }

    fn remember(&self, run: RunId, path: &StepPath, places: BTreeMap<u32, i64>) {
        let mut loops = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (run, path.clone());
        if loops.len() >= LOOPS && !loops.contains_key(&key) {
            // Reading from the beginning again is slow, not wrong.
            loops.clear();
        }
        loops.entry(key).or_default().extend(places);
    }
}

/// Gathers one page while the journal goes by.
struct Reader {
    path: StepPath,
    /// What stands before an iteration's index in the paths of its steps.
    prefix: String,
    begin: u32,
    limit: usize,
    only: Option<ItemStatus>,
    /// One more than asked for, to know whether there are more.
    items: BTreeMap<u32, Item>,
    /// Outputs of steps in iterations that have not ended.
    open: BTreeMap<u32, HashMap<StepPath, Datum>>,
    /// The highest index that has begun.
    last: Option<u32>,
    places: BTreeMap<u32, i64>,
    /// The loop itself has ended.
    over: bool,
}

impl Reader {
    fn new(path: StepPath, begin: u32, limit: u32, only: Option<ItemStatus>) -> Self {
        Reader {
            prefix: format!("{path}["),
            path,
            begin,
            limit: limit as usize,
            only,
            items: BTreeMap::new(),
            open: BTreeMap::new(),
            last: None,
            places: BTreeMap::new(),
            over: false,
        }
    }

    fn take(&mut self, seq: i64, kind: RunEventKind) {
        let Some(path) = kind.path() else { return };
        if let Some(index) = self.index_of(path) {
            self.began(index, seq);
            if index >= self.begin
                && let RunEventKind::StepFinished { path, output, .. } = kind
            {
                self.open.entry(index).or_default().insert(path, output);
            }
            return;
        }
        if *path != self.path {
            return;
        }
        match kind {
            RunEventKind::IterationsFinished { from, to, outputs, .. } => {
                for (index, end) in (from..to).zip(outputs) {
                    self.began(index, seq);
                    let steps = self.open.remove(&index).unwrap_or_default();
                    if index >= self.begin {
                        self.put(item(index, end, &steps));
                    }
                }
            }
            RunEventKind::StepFinished { .. } | RunEventKind::StepFailed { .. } | RunEventKind::StepSkipped { .. } => {
                self.over = true;
            }
            _ => {}
        }
    }

    /// `send` in the fourth iteration of this loop: `each[3].send`.
    fn index_of(&self, path: &StepPath) -> Option<u32> {
        path.0.strip_prefix(&self.prefix)?.split_once(']')?.0.parse().ok()
    }

    /// Iterations begin in the order of their index: what is told of later ones stands in later rows.
    fn began(&mut self, index: u32, seq: i64) {
        if self.last.is_some_and(|last| index <= last) {
            return;
        }
        self.last = Some(index);
        if index.is_multiple_of(STRIDE) {
            self.places.insert(index, seq);
        }
        if index >= self.begin {
            self.open.entry(index).or_default();
        }
    }

    fn put(&mut self, item: Item) {
        if self.only.is_none_or(|only| only == item.status) {
            self.items.insert(item.index, item);
            if self.items.len() > self.limit + 1 {
                self.items.pop_last();
            }
        }
    }

    /// Nothing that is still to come belongs on this page.
    fn is_done(&self) -> bool {
        let is_full = self.only.is_none()
            && self.items.len() > self.limit
            && self.items.last_key_value().is_some_and(|(last, _)| *last as usize == self.begin as usize + self.limit);
        self.over || is_full
    }

    fn items(mut self) -> Items {
        if !self.over {
            let open: Vec<u32> = self.open.keys().copied().collect();
            for index in open {
                self.put(Item { index, status: ItemStatus::Open, error: None, output: None });
            }
        }
        let more = self.items.len() > self.limit;
        let items: Vec<Item> = self.items.into_values().take(self.limit).collect();
        let next = items.last().filter(|_| more).map(|last| last.index);
        Items { items, next }
    }
}

fn item(index: u32, end: IterationEnd, steps: &HashMap<StepPath, Datum>) -> Item {
    let (status, error, output) = match end {
        IterationEnd::Step(path) => (ItemStatus::Succeeded, None, steps.get(&path).cloned()),
        IterationEnd::Value(value) => (ItemStatus::Succeeded, None, Some(value)),
        IterationEnd::Nothing => (ItemStatus::Passed, None, None),
        IterationEnd::Skipped(error) => (ItemStatus::Skipped, Some(error), None),
        IterationEnd::Recovered { error, gave } => (ItemStatus::Recovered, Some(error), gave),
        IterationEnd::Failed(error) => (ItemStatus::Failed, Some(error), None),
        IterationEnd::Broke(value) | IterationEnd::Met(value) => (ItemStatus::Last, None, value),
    };
    Item { index, status, error, output }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finished(path: &str, n: i64) -> RunEventKind {
        RunEventKind::StepFinished { path: StepPath::from(path), output: Datum::new(json!(n)), notes: Vec::new(), detail: None }
    }

    fn ended(from: u32, end: IterationEnd) -> RunEventKind {
        RunEventKind::IterationsFinished { path: StepPath::from("each"), from, to: from + 1, outputs: vec![end] }
    }

    fn step(index: u32) -> IterationEnd {
        IterationEnd::Step(StepPath(format!("each[{index}].send")))
    }

    fn read(begin: u32, limit: u32, only: Option<ItemStatus>) -> (Items, BTreeMap<u32, i64>) {
        let mut reader = Reader::new(StepPath::from("each"), begin, limit, only);
        let kinds = [
            RunEventKind::LoopStarted { path: StepPath::from("each"), count: Some(5) },
            finished("each[0].send", 0),
            finished("each[1].send", 10),
            finished("other[1].send", 99),
            // Out of order, as several at once are.
            ended(1, step(1)),
            ended(0, step(0)),
            ended(2, IterationEnd::Nothing),
            finished("each[3].inner[0].send", 7),
        ];
        for (seq, kind) in kinds.into_iter().enumerate() {
            if !reader.is_done() {
                reader.take(seq as i64, kind);
            }
        }
        let places = reader.places.clone();
        (reader.items(), places)
    }

    #[test]
    fn pages_follow_one_another() {
        let (all, places) = read(0, 10, None);
        let shown: Vec<_> = all.items.iter().map(|item| (item.index, item.status)).collect();
        use ItemStatus::*;
        assert_eq!(shown, [(0, Succeeded), (1, Succeeded), (2, Passed), (3, Open)]);
        assert_eq!(all.items[1].output, Some(Datum::new(json!(10))));
        assert_eq!((all.next, places), (None, BTreeMap::from([(0, 1)])));
        let (first, _) = read(0, 2, None);
        assert_eq!((first.items.len(), first.next), (2, Some(1)));
        let (rest, _) = read(2, 2, None);
        assert_eq!(rest.items.iter().map(|item| item.index).collect::<Vec<_>>(), [2, 3]);
        let (open, _) = read(0, 10, Some(Open));
        assert_eq!(open.items.iter().map(|item| item.index).collect::<Vec<_>>(), [3]);
    }
}
