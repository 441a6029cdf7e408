//! Appointments at the window and visits at home: what a station offers, and what is booked. That no
//! time is given twice is kept by the reservations; that a request has one appointment ahead, here.

use sea_orm_migration::async_trait;

crate::sql_migration!(
    r"
CREATE TABLE appointment_plan (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  station_id :uuid NOT NULL REFERENCES place (id),
  kind :text NOT NULL CHECK (kind IN ('WINDOW', 'HOME_VISIT')),
  slot_minutes integer NOT NULL CHECK (slot_minutes BETWEEN 5 AND 240),
  windows integer CHECK (windows BETWEEN 1 AND 50),
  buffer_minutes integer NOT NULL CHECK (buffer_minutes BETWEEN 0 AND 240),
  lead_minutes integer NOT NULL CHECK (lead_minutes BETWEEN 0 AND 43200),
  horizon_days integer NOT NULL CHECK (horizon_days BETWEEN 1 AND 180),
  active boolean NOT NULL,
  created_at :ts NOT NULL,
  version integer NOT NULL,
  CONSTRAINT appointment_plan_once UNIQUE (station_id, kind),
  CONSTRAINT appointment_plan_windows CHECK ((kind = 'WINDOW') = (windows IS NOT NULL)),
  CONSTRAINT appointment_plan_buffer CHECK (kind = 'HOME_VISIT' OR buffer_minutes = 0)
);
CREATE TABLE appointment (
  id :uuid PRIMARY KEY,
  community_id :uuid NOT NULL REFERENCES place (id),
  station_id :uuid NOT NULL REFERENCES place (id),
  request_id :uuid NOT NULL,
  kind :text NOT NULL CHECK (kind IN ('WINDOW', 'HOME_VISIT')),
  staff_id :uuid NOT NULL REFERENCES account (id),
  from_at :ts NOT NULL,
  until_at :ts NOT NULL,
  state :text NOT NULL CHECK (state IN ('BOOKED', 'ARRIVED', 'DONE', 'NO_SHOW', 'CANCELLED')),
  passed boolean NOT NULL,
  remind_at :ts,
  booked_at :ts NOT NULL,
  arrived_at :ts,
  late_minutes integer CHECK (late_minutes >= 0),
  ended_at :ts,
  sequence integer NOT NULL,
  version integer NOT NULL,
  CONSTRAINT appointment_request FOREIGN KEY (community_id, request_id)
    REFERENCES service_request (community_id, id),
  CONSTRAINT appointment_span CHECK (until_at > from_at),
  CONSTRAINT appointment_arrival CHECK ((state IN ('ARRIVED', 'DONE')) = (arrived_at IS NOT NULL)),
  CONSTRAINT appointment_late CHECK ((arrived_at IS NULL) = (late_minutes IS NULL)),
  CONSTRAINT appointment_end CHECK ((state IN ('DONE', 'NO_SHOW', 'CANCELLED'))
    = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX appointment_one_ahead ON appointment (request_id)
  WHERE state = 'BOOKED' AND NOT passed;
CREATE INDEX appointment_of_request ON appointment (request_id, from_at);
CREATE INDEX appointment_station ON appointment (station_id, from_at);
CREATE INDEX appointment_ahead ON appointment (from_at) WHERE state = 'BOOKED';
CREATE INDEX appointment_remind ON appointment (remind_at)
  WHERE state = 'BOOKED' AND remind_at IS NOT NULL
"
);
