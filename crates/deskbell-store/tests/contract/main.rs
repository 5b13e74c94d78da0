//! The contract's suite: the definition of correct for every store. One file a noun; each case takes any store, and is
//! run against each as a test of its own, so that a failure names the case and the store.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod account;
mod attempt;
mod booking;
mod change_feed;
mod clock;
mod cluster;
mod conversation;
mod crash;
mod cut;
mod damaged;
mod delivery;
mod epoch;
mod event;
mod given;
mod history;
mod import;
mod inbox;
mod machine;
mod member;
mod node;
mod object_filter;
mod one_time_link;
mod pause;
mod plans;
mod processes;
mod queue;
mod quota;
mod retention;
mod revision;
mod sample;
mod sandbox;
mod settling;
mod share;
mod statistics;
mod trace;
mod transfer;
mod unreadable;
mod webhook;
mod zero;

macro_rules! contract {
    ($($noun:ident: $($case:ident)*;)*) => {
        contract!(@store memory { $($noun: $($case)*;)* });
        contract!(@store sqlite { $($noun: $($case)*;)* });
        contract!(@store eager { $($noun: $($case)*;)* });
        contract!(@store postgres { $($noun: $($case)*;)* });
    };
    (@store $store:ident { $($noun:ident: $($case:ident)*;)* }) => {
        mod $store {
            $(mod $noun {
                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $case() {
                        let (store, opened) = crate::given::$store().await;
                        crate::$noun::$case(store).await;
                        crate::plans::hold(opened).await;
                    }
                )*
            })*
        }
    };
}

contract! {
    clock:
        what_was_planned_ahead_follows_a_clock_that_was_set_back
        a_rest_that_began_ahead_ends_when_it_was_meant_to
        what_is_planned_while_the_queue_follows_the_clock_stays
        a_long_queue_follows_the_clock_in_parts;
    conversation:
        a_conversation_and_its_event_are_one_step
        a_conversations_event_goes_into_the_machines_hands
        a_change_needs_the_revision_before
        several_are_stored_together_or_not_at_all
        a_visitor_talks_to_one_bot_at_a_time
        the_longest_silent_come_first
        filters_select_conversations
        pages_go_both_ways
        another_accounts_conversation_is_not_found;
    change_feed:
        what_is_appended_is_read_once_and_in_order
        a_read_ends_at_a_number_of_bytes
        a_position_holds_what_led_to_it
        numbers_are_never_used_twice
        another_accounts_tail_is_not_read;
    sample:
        a_sample_is_tried_once_and_its_webhook_stays_as_it_was
        a_lost_sample_is_over
        a_sample_goes_to_a_webhook_that_is_off
        a_sample_that_waits_goes_with_what_waits_when_its_webhook_is_turned_off
        a_sample_passes_a_rest_and_what_waits
        a_sample_is_cancelled_and_traffic_is_not;
    statistics:
        a_finish_is_counted_in_its_quarter
        a_timeout_took_its_time_and_a_fault_of_ours_is_not_counted
        a_stale_finish_is_not_counted
        a_used_up_schedule_is_given_up
        what_gave_up_and_arrives_by_hand_counts_once
        quarters_are_apart_by_time_and_webhook_and_old_ones_go
        what_waits_is_in_the_record
        what_processes_did_adds_up_by_the_span
        records_come_in_the_order_asked_and_only_to_their_owner
        busy_resting_and_turned_off_webhooks_are_watched
        the_condition_counts_the_queue_and_leaves_resting_webhooks_out_of_its_age
        tenants_are_told_by_address_and_number_of_webhooks
        the_meter_counts_what_was_done;
    pause:
        what_was_not_restored_is_not_paused;
    node:
        a_node_is_known_from_its_first_heartbeat_until_it_ends
        two_of_one_name_are_told_apart
        those_heard_of_last_are_told_by_their_names;
    account:
        an_account_is_found_by_id_and_by_address_in_any_case
        an_address_is_taken_in_any_case
        a_sandbox_reads_back_whole
        a_payload_style_is_remembered
        keys_read_back_and_are_revoked_once
        a_keys_last_use_is_noted_and_never_moves_back
        the_generation_moves_with_each_change_and_with_no_use
        only_active_keys_count_against_the_limit
        the_limit_of_keys_holds_in_a_race
        the_first_master_key_is_remembered;
    member:
        an_account_its_sandbox_and_its_owner_are_one_step
        of_many_who_sign_up_with_one_address_one_does
        an_account_has_one_first_owner
        a_login_is_unique_and_ends_the_other_sessions
        a_session_reads_back_is_noted_and_ends_once
        of_too_many_sessions_the_oldest_make_room
        a_sweep_takes_what_is_silent_or_old;
    sandbox:
        an_object_of_each_kind_reads_back
        many_ids_are_looked_up_at_once
        an_id_is_taken_once_and_a_limit_holds
        a_change_needs_what_was_read
        of_two_changes_to_one_object_one_wins
        an_identifier_is_of_one_object_of_its_kind
        of_two_with_one_address_one_is_added
        of_a_deleted_object_the_id_is_left
        pages_go_both_ways
        another_accounts_object_is_not_found;
    object_filter:
        a_filter_selects_and_its_pages_miss_none
        a_filter_finds_the_oldest_of_all_on_its_first_page;
    webhook:
        a_webhook_reads_back_as_it_was_saved
        a_name_is_taken_once_in_an_account
        the_limit_counts_webhooks_that_are_not_deleted
        of_two_callers_with_one_name_one_wins
        a_change_changes_what_it_names
        a_name_cannot_be_changed_to_a_taken_one
        enabling_starts_afresh
        a_rest_is_ended_by_hand_and_what_was_put_off_to_its_end_is_due
        a_rest_that_a_retry_by_hand_prolonged_leaves_nothing_behind_when_it_is_ended
        a_webhook_that_is_off_has_no_rest_to_end
        disabling_cancels_all_and_only_its_own
        what_is_given_back_after_it_was_turned_off_is_cancelled
        deleting_frees_the_name_and_cancels
        a_long_queue_is_cancelled_whole
        pages_leave_deleted_ones_out
        many_are_looked_up_at_once
        another_accounts_webhook_is_not_found;
    revision:
        what_was_changed_of_a_webhook_reads_back_the_newest_first
        what_turned_a_webhook_off_by_itself_is_told_and_how_it_does_is_not
        the_last_revisions_of_each_webhook_are_kept;
    event:
        an_event_reads_back_and_is_owed_to_those_who_want_it
        a_page_of_events_is_one_look
        a_page_ends_at_a_number_of_bytes
        an_event_for_one_webhook_goes_to_no_other
        a_repeat_changes_nothing_and_other_content_conflicts
        a_taken_id_stores_nothing
        a_batch_has_a_verdict_for_each_in_order
        filters_select_events
        pages_go_both_ways
        another_accounts_event_is_not_found;
    trace:
        each_attempt_has_the_trace_of_its_event
        all_webhooks_and_all_events_of_a_call_have_its_trace;
    delivery:
        a_delivery_starts_pending_and_ends_delivered
        a_stale_token_changes_nothing
        a_released_lease_leaves_no_trace
        a_lease_whose_epoch_has_ended_is_recorded_as_lost
        a_claim_tells_of_the_attempts_that_it_recorded_as_lost
        too_many_lost_attempts_quarantine
        ended_leases_are_lost_at_the_next_claim
        a_retry_by_hand_adds_one_attempt_each_time
        a_retry_by_hand_during_an_attempt_comes_right_after_it
        a_retry_by_hand_needs_a_delivery_and_an_enabled_webhook
        gone_disables_and_cancels_all_and_only_its_own
        a_lost_lease_of_a_disabled_webhook_ends_cancelled
        of_n_pairs_k_that_fail_are_k_schedules
        a_filter_of_time_looks_at_nothing_older
        filters_select_deliveries
        pages_go_both_ways
        another_accounts_delivery_is_not_found;
    queue:
        the_oldest_are_handed_out_first_with_all_they_need
        two_claimers_never_share_a_delivery
        what_is_in_flight_takes_room
        what_all_hold_takes_room
        a_webhook_that_rests_gets_none_and_then_one
        one_overload_rests_nothing_and_several_in_a_row_do
        a_retry_by_hand_ends_the_rest
        a_thousand_due_leave_room_for_the_others
        with_less_room_than_webhooks_all_get_their_turn
        a_quarantined_delivery_gives_its_place_to_another
        next_due_is_the_first_that_waits_for_time;
    machine:
        what_is_accepted_goes_into_the_machines_hands
        what_is_handed_over_is_in_no_claim
        what_is_refused_is_not_handed_over
        without_room_it_is_due_and_the_machine_is_woken
        the_bounds_of_all_hold_for_what_is_handed_over
        what_is_due_already_goes_first
        a_webhook_that_rests_is_handed_nothing
        only_a_machine_that_has_joined_is_handed_anything
        what_was_handed_over_and_is_given_back_is_due
        nothing_begins_by_what_its_webhook_was
        a_change_that_changes_nothing_takes_nothing_back
        a_first_attempt_that_fails_waits_for_its_time
        a_retry_by_hand_comes_right_after_the_attempt_under_way
        of_a_webhook_that_is_turned_off_what_is_held_ends_by_itself
        each_of_two_machines_is_handed_what_it_accepts;
    epoch:
        who_leaves_leaves_what_it_held_due
        what_was_due_while_no_machine_was_there_gets_its_tries
        no_time_ends_an_epoch_that_nobody_takes_over
        a_machine_that_slept_was_not_there
        a_beat_prolongs_the_epoch
        a_machine_that_joins_again_ends_what_it_was
        an_epoch_is_never_given_twice
        a_late_result_is_stale_by_its_epoch_and_by_its_number
        what_ended_epochs_held_is_taken_over_in_steps
        a_machine_takes_over_from_a_dead_one_and_not_before;
    attempt:
        an_attempt_reads_back_to_the_last_header
        a_page_of_deliveries_has_its_attempts_in_one_look
        a_page_ends_at_a_number_of_bytes
        numbers_have_no_gaps
        filters_select_attempts
        pages_go_both_ways
        another_accounts_attempt_is_not_found;
    retention:
        what_is_over_and_old_goes_with_all_that_hangs_on_it
        what_is_not_over_stays
        what_happened_lately_keeps_its_event
        parts_go_on_where_the_last_one_ended
        an_event_with_more_rows_than_a_part_is_gone_at_once
        a_retry_by_hand_is_whole_or_refused
        a_position_never_goes_back
        an_idempotency_key_is_remembered_for_its_time
        bytes_may_go_before_the_rest
        an_account_may_keep_for_a_time_of_its_own;
    quota:
        what_is_kept_is_counted_by_account_and_goes_with_what_is_deleted
        past_its_quota_an_account_is_refused_and_no_other
        the_operators_account_has_no_quota_until_it_is_given_one
        what_cannot_ring_is_not_booked_and_what_ends_in_time_does
        the_fullest_are_told_first
        two_machines_count_together;
    share:
        a_share_is_found_by_its_token_until_it_expires
        a_revoked_share_is_gone
        only_live_shares_count_against_the_limit
        expired_shares_are_swept
        pages_go_both_ways
        another_accounts_share_is_not_found;
    import:
        what_is_imported_reads_back_and_rings_nothing
        the_newest_wins_and_an_object_that_is_known_stays
        all_of_an_import_is_stored_or_nothing
        what_time_did_before_the_import_it_does_not_do_again
        a_conversation_is_found_by_the_contact_that_the_newest_import_names
        of_two_imports_of_one_address_the_second_is_told;
    inbox:
        an_inbox_reads_back_and_changes
        only_live_inboxes_count_against_the_limit
        a_relays_request_is_held_and_its_status_is_recorded_later
        a_capture_keeps_the_bytes_as_they_came
        a_page_ends_at_a_number_of_bytes
        what_claims_to_be_of_an_event_is_found_alone
        answers_follow_the_script_and_a_new_one_starts_over
        an_unknown_token_stores_nothing
        an_expired_inbox_stores_nothing
        too_many_in_a_minute_store_nothing
        the_oldest_make_room
        an_account_keeps_a_number_of_bytes
        a_note_stands_beside_a_capture_and_counts
        captures_at_the_same_time_are_numbered_without_gaps
        captures_are_deleted_one_by_one_and_all_at_once
        deleting_and_sweeping_take_the_captures_along
        pages_go_both_ways
        another_accounts_inbox_is_not_found;
    one_time_link:
        a_link_reads_back_and_its_id_is_taken_once
        of_two_bookings_at_once_one_spends_it
        a_booking_that_is_not_stored_spends_nothing
        one_cannot_book_with_a_strangers_link_nor_with_an_old_one
        an_account_has_so_many_with_which_one_can_book
        old_links_are_swept_some_at_a_time;
    booking:
        a_booking_and_its_event_are_one_step
        a_bookings_event_goes_into_the_machines_hands
        a_slot_is_booked_once_in_a_race
        overlaps_are_judged_among_active_ones_of_the_host
        a_change_needs_the_revision_before
        a_taken_event_id_keeps_the_booking_out
        taken_times_are_those_that_overlap
        a_requested_booking_holds_its_slot
        several_bookings_are_saved_together_or_not_at_all
        a_booking_and_its_conversation_are_one_step
        filters_select_bookings
        pages_go_both_ways
        ended_bookings_are_agreed_ones_whose_end_has_passed
        another_accounts_booking_is_not_found;
    zero:
        what_is_looked_up_by_it_is_not_there
        a_cursor_with_it_names_nothing
        a_filter_with_it_finds_nothing;
}
