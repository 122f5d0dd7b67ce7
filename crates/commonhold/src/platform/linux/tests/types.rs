//! All types share one namespace.

use super::support::isolated;
use crate::platform::linux::control::{ObjectType, Record};
use crate::platform::linux::held_name::Place;
use crate::platform::linux::object::Object;
use crate::{ErrorCode, Name, Section};

/// Makes an object of another type, as such types will be made.
fn create(object_type: ObjectType, name: &str) -> Object {
    let name = Name::try_from(name).unwrap();
    let place = Place::of(&name).unwrap();
    let mut record = Record::new(object_type);
    record.set_name(&name, &place.file);
    let object = Object::prepare(&place, &mut record, 0, b"", false).unwrap();
    object
        .publish(&place)
        .unwrap()
        .ok()
        .expect("the name is free")
}

#[test]
fn a_name_of_another_type_is_the_wrong_type() {
    isolated(|_| {
        let types = [
            ObjectType::Mutex,
            ObjectType::Semaphore,
            ObjectType::Event,
            ObjectType::Timer,
        ];
        for object_type in types {
            let other = create(object_type, "taken");
            let options = Section::options().size(4096);
            let refused = [
                Section::open("taken"),
                options.create("taken"),
                options.create_new("taken"),
                options.open_or_create("taken"),
            ];
            for result in refused {
                let error = result.unwrap_err();
                assert_eq!(
                    error.code(),
                    ErrorCode::INVALID_HANDLE,
                    "{object_type:?}: {error}"
                );
            }
            drop(other);
            assert!(!options.create("taken").unwrap().existed());
        }
    });
}

/// The object of another type holds its name like any other, and is reaped like any other.
#[test]
fn a_descriptor_of_another_type_is_refused() {
    isolated(|_| {
        let event = create(ObjectType::Event, "event").into_descriptor();
        let error = Section::try_from(event).unwrap_err();
        assert_eq!(error.code(), ErrorCode::INVALID_HANDLE);
        assert_eq!(
            Section::open("event").unwrap_err().code(),
            ErrorCode::FILE_NOT_FOUND
        );
    });
}
