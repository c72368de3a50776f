//! Every place of a step that holds a mapped value or a condition: one list, for reading and for changing.

use super::{
    Approval, BODY, Delay, StepKind, StoreOp, Wait, WaitFor,
    branch::{Arm, Branch},
    parallel::Parallel,
};
use crate::{Condition, Mapped, ids::ArmId};

/// One such place. `field`: its path in the step, `input.url`. `after_body`: it is evaluated after this body of the step, not before.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot<C> {
    pub field: String,
    pub content: C,
    pub after_body: Option<ArmId>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Content<'a> {
    Mapped(&'a Mapped),
    Condition(&'a Condition),
}

#[derive(Debug, PartialEq)]
pub enum ContentMut<'a> {
    Mapped(&'a mut Mapped),
    Condition(&'a mut Condition),
}

impl<C> Slot<C> {
    fn new(field: impl Into<String>, content: C) -> Self {
        Slot { field: field.into(), content, after_body: None }
    }

    fn after(self, body: ArmId) -> Self {
        Slot { after_body: Some(body), ..self }
    }
}

macro_rules! slots {
    ($name:ident, $arms:ident, $content:ident, $iter:ident $(, $mutable:tt)?) => {
        fn $arms<'a>(arms: &'a $($mutable)? [Arm], slots: &mut Vec<Slot<$content<'a>>>) {
            for arm in arms {
                let of_arm = format!("arms.{}", arm.id);
                slots.extend(arm.condition.$iter().map(|c| Slot::new(format!("{of_arm}.condition"), $content::Condition(c))));
                let after = arm.id.clone();
                let output = |(name, value)| Slot::new(format!("{of_arm}.output.{name}"), $content::Mapped(value)).after(after.clone());
                slots.extend(arm.output.$iter().map(output));
            }
        }

        impl StepKind {
            /// Every place of the step itself that holds a mapped value or a condition, in reading order; not those of the steps in it.
            pub fn $name(&$($mutable)? self) -> Vec<Slot<$content<'_>>> {
                let mut slots = Vec::new();
                macro_rules! mapped {
                    ($field:expr, $value:expr) => {
                        slots.push(Slot::new($field, $content::Mapped($value)))
                    };
                }
                match self {
                    StepKind::Action(action) => {
                        action.input.$iter().for_each(|(key, value)| mapped!(format!("input.{key}"), value));
                    }
                    StepKind::Filter(filter) => {
                        slots.push(Slot::new("condition", $content::Condition(&$($mutable)? filter.condition)));
                    }
                    StepKind::Branch(Branch { arms, .. }) | StepKind::Parallel(Parallel { arms, .. }) => $arms(arms, &mut slots),
                    StepKind::ForEach(each) => {
                        mapped!("over", &$($mutable)? each.over);
                        slots.extend(each.output.$iter().map(|value| Slot::new("output", $content::Mapped(value)).after(BODY.into())));
                    }
                    StepKind::RepeatUntil(repeat) => {
                        slots.push(Slot::new("until", $content::Condition(&$($mutable)? repeat.until)).after(BODY.into()));
                    }
                    StepKind::Delay(Delay::Until(until)) => mapped!("until", until),
                    StepKind::Set(set) => {
                        set.fields.$iter().for_each(|field| mapped!(format!("fields.{}", field.name), &$($mutable)? field.value));
                    }
                    StepKind::Respond(respond) => {
                        mapped!("body", &$($mutable)? respond.body);
                        respond.headers.$iter().for_each(|(name, value)| mapped!(format!("headers.{name}"), value));
                    }
                    StepKind::Stop(stop) => stop.message.$iter().for_each(|message| mapped!("message", message)),
                    StepKind::Wait(Wait { until: WaitFor::Approval(Approval { question, shown, .. }), .. }) => {
                        mapped!("question", question);
                        shown.$iter().for_each(|field| mapped!(format!("shown.{}", field.name), &$($mutable)? field.value));
                    }
                    StepKind::SubWorkflow(other) => {
                        other.input.$iter().for_each(|(key, value)| mapped!(format!("input.{key}"), value));
                    }
                    StepKind::Collect(collect) => {
                        mapped!("item", &$($mutable)? collect.item);
                        collect.key.$iter().for_each(|key| mapped!("key", key));
                    }
                    StepKind::Code(code) => {
                        code.input.$iter().for_each(|(key, value)| mapped!(format!("input.{key}"), value));
                    }
                    StepKind::Transform(transform) => {
                        mapped!("input", &$($mutable)? transform.input);
                        for (at, operation) in transform.operations.$iter().enumerate() {
                            operation.with.$iter().for_each(|(name, value)| mapped!(format!("operations.{at}.{name}"), value));
                        }
                    }
                    StepKind::Store(store) => {
                        mapped!("key", &$($mutable)? store.key);
                        match &$($mutable)? store.op {
                            StoreOp::Set { value } | StoreOp::AppendIfAbsent { value } => mapped!("value", value),
                            StoreOp::Increment { by } => by.$iter().for_each(|by| mapped!("by", by)),
                            StoreOp::CompareAndSet { expected, value } => {
                                mapped!("expected", expected);
                                mapped!("value", value);
                            }
                            StoreOp::Get | StoreOp::List { .. } | StoreOp::Delete => {}
                        }
                    }
                    StepKind::Lookup(lookup) => {
                        mapped!("value", &$($mutable)? lookup.value);
                        for (at, row) in lookup.rows.$iter().enumerate() {
                            mapped!(format!("rows.{at}"), &$($mutable)? row.to);
                        }
                        lookup.otherwise.$iter().for_each(|value| mapped!("otherwise", value));
                    }
                    StepKind::Delay(Delay::For { .. } | Delay::Next(_))
                    | StepKind::Wait(Wait { until: WaitFor::Callback, .. })
                    | StepKind::Section(_)
                    | StepKind::Break(_)
                    | StepKind::Continue(_) => {}
                }
                slots
            }
        }
    };
}

slots!(slots, arm_slots, Content, iter);
slots!(slots_mut, arm_slots_mut, ContentMut, iter_mut, mut);
