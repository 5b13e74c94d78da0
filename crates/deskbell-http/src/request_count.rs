//! HTTP answers, counted by the route's template and the class of the status.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The classes of status codes: 1xx to 5xx.
const CLASSES: usize = 5;

/// What was answered. The templates are those of the router, so that nobody outside can add one.
#[derive(Debug, Default)]
pub struct Requests(Mutex<HashMap<String, [u64; CLASSES]>>);

impl Requests {
    /// Counts an answer with `status` to a request for `route`.
    pub(super) fn count(&self, route: &str, status: u16) {
        let class = usize::from(status / 100).clamp(1, CLASSES) - 1;
        let mut routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match routes.get_mut(route) {
            Some(classes) => classes[class] += 1,
            None => {
                let mut classes = [0; CLASSES];
                classes[class] = 1;
                routes.insert(route.to_owned(), classes);
            }
        }
    }

    /// Template, first digit of the status and count of all that was answered, in the order of the templates.
    pub fn read(&self) -> Vec<(String, u8, u64)> {
        let routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut read: Vec<_> = routes
            .iter()
            .flat_map(|(route, classes)| {
                (1u8..).zip(classes).map(|(class, count)| (route.clone(), class, *count))
            })
            .filter(|(_, _, count)| *count > 0)
            .collect();
        read.sort();
        read
    }
}

#[cfg(test)]
mod tests {
    use super::Requests;

    #[test]
    fn answers_are_counted_by_template_and_class() {
        let requests = Requests::default();
        for (route, status) in [("/b", 200), ("/a", 404), ("/a", 200), ("/a", 202), ("/a", 599), ("/a", 999)]
        {
            requests.count(route, status);
        }
        let expected = [("/a", 2, 2), ("/a", 4, 1), ("/a", 5, 2), ("/b", 2, 1)];
        assert_eq!(requests.read(), expected.map(|(route, class, count)| (route.to_owned(), class, count)));
    }
}
