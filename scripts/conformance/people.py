"""Users, teams and contacts that the requests of the table name."""

from placeholders import numbers, placeholder


@placeholder()
def unique(scene):
    """a number that no other row has"""
    return str(next(numbers))


@placeholder()
def phone(scene):
    """a telephone number that no other row has"""
    return f"+3538512{next(numbers):05}"


def new_user(scene, **fields):
    number = next(numbers)
    fields = {"email": f"host{number}@northwind.example", "first_name": "Priya", "last_name": "Raman"} | fields
    return scene.post("/v2/users", fields)


def set_user(scene, user, **settings):
    """What only a sandbox can set of a user."""
    return scene.send("PATCH", f"/v2/sandbox/users/{user['id']}", settings)


@placeholder(shared=True)
def account_owner(scene):
    """the user with the role `Account Owner`"""
    return next(user for user in scene.get("/v2/users?limit=100")["data"] if user["role_name"] == "Account Owner")


@placeholder()
def user(scene):
    """a user"""
    return new_user(scene)


@placeholder(shared=True)
def host(scene):
    """the user whose calendar is `{calendar}`; meets online, at an address of the account's, or where the guest says"""
    made = new_user(scene)
    places = [{"type": "online_dynamic_link", "value": "google_meet"}, {"type": "in_person_by_guest"}]
    places.append({"type": "in_person_by_host", "id": "ADD-7QX2K4M0TR"})
    hours = [{"start_time": "09:00", "end_time": "17:00", "locations": places}]
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    weekly = {"weekly": [{"day": day, "working_hours": hours} for day in days]}
    scene.try_send("PATCH", f"/v2/users/{made['id']}/scheduling-availability", weekly)
    return made


@placeholder(shared=True)
def other_host(scene):
    """another user with a calendar, `{other_calendar}`"""
    return new_user(scene)


@placeholder()
def user_without_seat(scene):
    """a user without a seat (`PATCH /v2/sandbox/users/{id}`)"""
    made = new_user(scene)
    set_user(scene, made, seat=False)
    return made


@placeholder()
def user_without_webex(scene):
    """a user who has Google Meet and Microsoft Teams connected (`PATCH /v2/sandbox/users/{id}`)"""
    made = new_user(scene)
    set_user(scene, made, providers=["google_meet", "microsoft_teams"])
    return made


@placeholder()
def inactive_user(scene):
    """a user who was invited (`PATCH /v2/sandbox/users/{id}`)"""
    made = new_user(scene)
    set_user(scene, made, status="invited")
    return made


@placeholder()
def deleted_user(scene):
    """a user who was deleted"""
    made = new_user(scene)
    scene.send("DELETE", f"/v2/users/{made['id']}")
    return made


@placeholder(shared=True)
def team(scene):
    """the sandbox's team"""
    return scene.get("/v2/teams")["data"][0]


@placeholder(shared=True)
def team_member(scene):
    """a user who is in `{team}`"""
    return new_user(scene, teams=[scene.value("team")])


def new_contact(scene):
    number = next(numbers)
    fields = {"first_name": "Ada", "last_name": "Byron", "email": f"ada{number}@corrib.example", "mobile_phone": phone(scene)}
    return scene.post("/v2/contacts", fields)


@placeholder()
def contact(scene):
    """a contact with an e-mail address and a mobile number"""
    return new_contact(scene)


@placeholder()
def later_contact(scene):
    """a contact made after `{contact}`"""
    scene.value("contact")
    return new_contact(scene)
