//! LiteLLM's keys that have no effect here, with the reason. Names from LiteLLM's
//! documentation of its settings and its types (end of 2025).

use super::Ignored;

const DATABASE: &str = "there is no database: no virtual keys, teams, budgets or spend";
const CALLBACKS: &str = "there are no Python callbacks; see the request log";
const GUARDRAILS: &str = "there are no guardrails; a plugin can do it";
const CACHE: &str = "answers are not cached";
const OTHER_APIS: &str = "this API is not served";
const AUTH: &str = "`master_key` is the only authentication";
const REDIS: &str = "state is kept in this process";
const COSTS: &str = "costs are not counted";
const SECRETS: &str = "secrets come from the environment";
const HEALTH: &str = "deployments are judged by real requests, not by probes";
const LIMITS: &str = "the number of parallel requests is not limited";
const DEBUG: &str = "use `RUST_LOG`";
const UI: &str = "there is no such user interface";
const PROTOCOL: &str = "for a protocol that is not spoken; backends must be OpenAI-compatible";
const ROUTERS: &str = "models are routed by name only";
const TAGS: &str = "tags do not choose deployments";
const INTERNAL: &str = "about the inside of LiteLLM";
const PER_CLASS: &str = "retries and cooling down do not depend on the kind of error in this way";
const TLS: &str = "no certificate is shown to backends, and TLS is 1.2 or 1.3 with safe ciphers";
const PROMPTS: &str = "prompts are not managed";

const fn ignored(why: &'static str, names: &'static [&'static str]) -> Ignored {
    Ignored { why, names }
}

pub static FILE: &[Ignored] = &[
    ignored(GUARDRAILS, &["guardrails", "policies", "policy_attachments"]),
    ignored(CALLBACKS, &["callback_settings", "callbacks"]),
    ignored(OTHER_APIS, &[
        "files_settings", "finetune_settings", "assistant_settings", "mcp_servers", "mcp_tools",
        "mcp_aliases", "vector_store_registry", "search_tools", "pass_through_endpoints",
        "agent_list", "sandbox_tools",
    ]),
    ignored(DATABASE, &["default_team_settings"]),
    ignored(PROMPTS, &["prompts"]),
    ignored(INTERNAL, &["model_group_settings"]),
];

pub static MODEL: &[Ignored] = &[
    ignored(LIMITS, &["max_parallel_requests"]),
];

pub static PARAMS: &[Ignored] = &[
    ignored(PROTOCOL, &[
        "azure_ad_token", "azure_ad_token_provider", "azure_scope", "azure_username",
        "azure_password", "tenant_id", "client_id", "client_secret",
        "enable_azure_ad_token_refresh", "aws_access_key_id", "aws_secret_access_key",
        "aws_session_token", "aws_region_name", "aws_session_name", "aws_profile_name",
        "aws_role_name", "aws_web_identity_token", "aws_sts_endpoint", "aws_external_id",
        "aws_session_tags", "aws_bedrock_runtime_endpoint", "aws_bedrock_project_id",
        "aws_batch_role_arn", "bedrock_tags", "model_id", "provisioned_model_arn", "vertex_project",
        "vertex_location", "vertex_credentials", "vertex_ai_project", "vertex_ai_location",
        "gemini_api_key", "safety_settings", "region_name", "watsonx_region_name", "project_id",
        "space_id", "deployment_id", "initial_prompt_value", "roles", "final_prompt_value",
        "bos_token", "eos_token", "cache_control_injection_points", "guardrailConfig",
        "guardrailIdentifier", "guardrailVersion",
    ]),
    ignored(OTHER_APIS, &[
        "gcs_bucket_name", "bucket_name", "s3_bucket_name", "s3_endpoint_url", "s3_region_name",
        "s3_access_key_id", "s3_secret_access_key", "s3_encryption_key_id", "s3_bucket_owner",
        "s3_output_bucket_name", "vector_store_id", "vector_bucket_name", "index_name",
        "embedding_model", "milvus_text_field", "milvus_db_name", "milvus_partition_names",
        "use_in_pass_through", "max_file_size_mb", "search_provider",
    ]),
    ignored(COSTS, &[
        "input_cost_per_token", "output_cost_per_token", "input_cost_per_second",
        "output_cost_per_second", "input_cost_per_pixel", "output_cost_per_pixel",
        "input_cost_per_character", "output_cost_per_character", "input_cost_per_audio_token",
        "output_cost_per_audio_token", "input_cost_per_image", "output_cost_per_image",
        "input_cost_per_query", "cache_creation_input_token_cost", "cache_read_input_token_cost",
        "cache_read_input_token_cost_above_200k_tokens",
        "cache_creation_input_token_cost_above_200k_tokens",
        "input_cost_per_token_above_128k_tokens", "output_cost_per_token_above_128k_tokens",
        "input_cost_per_token_above_200k_tokens", "output_cost_per_token_above_200k_tokens",
        "input_cost_per_token_batches", "output_cost_per_token_batches",
        "output_cost_per_reasoning_token", "max_budget", "budget_duration", "tiered_pricing",
    ]),
    ignored(TAGS, &["tags", "tag_regex"]),
    ignored(ROUTERS, &[
        "auto_router_config_path", "auto_router_config", "auto_router_default_model",
        "auto_router_embedding_model", "complexity_router_config",
        "complexity_router_default_model", "adaptive_router_config",
        "adaptive_router_default_model", "quality_router_config", "quality_router_default_model",
        "provider_affinity_header",
    ]),
    ignored(LIMITS, &[
        "max_parallel_requests", "itpm", "otpm", "default_api_key_tpm_limit",
        "default_api_key_rpm_limit",
    ]),
    ignored(GUARDRAILS, &["guardrails"]),
    ignored(PROMPTS, &["prompt_id", "prompt_variables", "prompt_label", "dotprompt_content"]),
    ignored("use `router_settings.fallbacks`", &[
        "fallbacks", "context_window_fallbacks", "content_policy_fallbacks", "default_fallbacks",
    ]),
    ignored("use `router_settings`", &[
        "cooldown_time", "allowed_fails", "retry_policy", "retry_after",
    ]),
    ignored("use a plugin", &["merge_reasoning_content_in_choices", "thinking_budget_tokens"]),
    ignored("the built-in demonstration serves this purpose: `api_base: builtin://demo`", &[
        "mock_response", "mock_tool_calls", "mock_timeout", "mock_delay",
    ]),
    ignored("the OpenAI-compatible endpoint of Ollama does not take it; set it in the model's Modelfile", &[
        "num_ctx", "num_gpu", "num_thread", "mirostat", "mirostat_eta", "mirostat_tau", "repeat_last_n",
        "tfs_z",
    ]),
    ignored("clients cannot choose the backend's credentials", &[
        "configurable_clientside_auth_params",
    ]),
    ignored("see `general_settings.streaming.keep_alive`", &[
        "keepalive_seconds", "allow_client_keepalive_override",
    ]),
    ignored(TLS, &["ssl_certificate", "ssl_security_level"]),
    ignored(CACHE, &["cache", "caching", "caching_groups"]),
    ignored(CALLBACKS, &[
        "callbacks", "success_callback", "failure_callback", "litellm_trace_id",
        "langfuse_public_key", "langfuse_secret", "langfuse_secret_key", "langfuse_host",
        "turn_off_message_logging",
    ]),
    ignored("parameters are passed on as they are", &[
        "allowed_openai_params", "supports_system_message", "modify_params",
    ]),
    ignored(INTERNAL, &[
        "metadata", "litellm_metadata", "model_info", "use_litellm_proxy",
        "use_chat_completions_api", "use_xai_oauth", "stream", "stream_chunk_size", "set_verbose",
        "preset_cache_key", "health_check_model",
    ]),
];

pub static ROUTER: &[Ignored] = &[
    ignored(REDIS, &[
        "redis_host", "redis_port", "redis_password", "redis_url", "redis_db", "redis_username",
        "redis_ssl", "redis_startup_nodes",
    ]),
    ignored(CACHE, &["cache_responses", "cache_kwargs", "caching_groups", "client_ttl"]),
    ignored(PER_CLASS, &["retry_policy", "model_group_retry_policy", "allowed_fails_policy"]),
    ignored(TAGS, &["enable_tag_filtering", "tag_filtering_match_any", "tag_routing_prefix"]),
    ignored(ROUTERS, &[
        "routing_strategy_args", "routing_groups", "optional_pre_call_checks",
        "enable_pre_call_checks", "enable_pre_call_check", "deployment_affinity_ttl_seconds",
        "model_group_affinity_config", "enable_health_check_routing", "enable_weighted_failover",
        "router_general_settings", "weights", "auto_router",
    ]),
    ignored("write them under each model; YAML anchors help", &["default_litellm_params"]),
    ignored("every fallback is tried once", &["max_fallbacks"]),
    ignored(LIMITS, &["default_max_parallel_requests", "default_priority", "polling_interval"]),
    ignored(COSTS, &["provider_budget_config"]),
    ignored(OTHER_APIS, &["assistants_config", "search_tools", "guardrail_list", "mcp_tools"]),
    ignored("an unusable deployment never stops the others", &["ignore_invalid_deployments"]),
    ignored(CALLBACKS, &["alerting_config", "callbacks"]),
    ignored(DEBUG, &["debug_level", "set_verbose"]),
];

pub static LITELLM: &[Ignored] = &[
    ignored(CALLBACKS, &[
        "failure_callback", "service_callback",
        "service_callbacks", "audit_log_callbacks", "input_callback", "redact_user_api_key_info",
        "redact_messages_in_exceptions", "langfuse_default_tags", "callback_settings",
        "store_audit_logs", "log_raw_request_response", "disable_streaming_logging",
        "s3_callback_params", "gcs_pub_sub_use_v1", "datadog_params",
        "datadog_llm_observability_params", "aws_sqs_callback_params",
        "standard_logging_payload_excluded_fields", "arize_params",
        "generic_api_callback_params", "blocked_user_list", "extra_spend_tag_headers",
        "add_user_information_to_llm_headers", "telemetry",
    ]),
    ignored("see `general_settings.metrics`; the metrics have labels of their own", &[
        "custom_prometheus_metadata_labels", "custom_prometheus_tags", "prometheus_metrics_config",
        "prometheus_initialize_budget_metrics", "require_auth_for_metrics_endpoint",
    ]),
    ignored(DEBUG, &["set_verbose", "json_logs", "suppress_debug_info"]),
    ignored(CACHE, &[
        "cache", "cache_params", "enable_caching_on_provider_specific_optional_params",
    ]),
    ignored(DATABASE, &[
        "max_budget", "budget_duration", "max_user_budget", "max_internal_user_budget",
        "internal_user_budget_duration", "max_end_user_budget", "max_end_user_budget_id",
        "default_internal_user_params", "default_team_settings", "default_team_params",
        "default_key_generate_params", "upperbound_key_generate_params", "key_generation_settings",
        "disable_end_user_cost_tracking", "disable_end_user_cost_tracking_prometheus_only",
        "enable_end_user_cost_tracking_prometheus_only", "enable_key_alias_format_validation",
        "default_max_internal_user_budget",
    ]),
    ignored(COSTS, &[
        "custom_provider_pricing", "cost_discount_config", "cost_margin_config",
        "include_cost_in_streaming_usage",
    ]),
    ignored(GUARDRAILS, &[
        "guardrails", "enable_json_schema_validation", "banned_keywords_list", "llm_guard_mode",
        "google_moderation_confidence_threshold", "presidio_ad_hoc_recognizers",
        "llamaguard_model_name", "llamaguard_unsafe_content_categories",
        "openai_moderations_model_name",
    ]),
    ignored(OTHER_APIS, &[
        "mcp_aliases", "public_model_groups", "public_model_groups_links", "public_mcp_servers",
        "public_agent_groups", "vector_store_registry", "files_settings",
        "enable_loadbalancing_on_batch_endpoints",
        "use_chat_completions_url_for_anthropic_messages", "websearch_interception_params",
        "search_tools", "code_interpreter_interception_params", "advisor_interception_params",
        "mcp_semantic_tool_filter",
    ]),
    ignored(TLS, &["ssl_certificate", "ssl_security_level"]),
    ignored("parameters are passed on as they are", &[
        "modify_params", "additional_drop_params", "LITELLM_DISABLE_STOP_SEQUENCE_LIMIT",
        "disable_add_transform_inline_image_block", "disable_add_prefix_to_prompt",
        "disable_hf_tokenizer_download", "disable_stop_sequence_limit", "add_function_to_prompt",
        "ui_theme_config",
    ]),
    ignored("write them under each model; YAML anchors help", &[
        "api_key", "api_base", "headers", "model", "max_tokens", "temperature", "organization",
        "api_version",
    ]),
    ignored("see `general_settings.request_log`", &["return_response_headers"]),
    ignored("the system's network settings hold", &[
        "force_ipv4", "disable_aiohttp_transport", "disable_aiohttp_trust_env",
        "user_url_validation", "user_url_allowed_hosts",
    ]),
    ignored(LIMITS, &[
        "rpm", "tpm", "priority_reservation", "priority_reservation_settings", "default_priority",
        "max_parallel_requests", "token_rate_limit_type",
    ]),
    ignored("belongs into `router_settings`", &[
        "routing_strategy", "timeout", "enable_pre_call_checks", "retry_policy",
        "allowed_fails_policy", "context_window_fallback_dict", "enable_tag_filtering",
        "tag_filtering_match_any",
    ]),
    ignored(AUTH, &[
        "vertex_project", "vertex_location", "enable_azure_ad_token_refresh", "credential_list",
    ]),
    ignored(INTERNAL, &[
        "enable_preview_features", "max_fallbacks", "custom_provider_map", "num_workers",
        "image_generation_models", "custom_prompt_dict", "reasoning_auto_summary",
        "model_alias_map", "model_group_settings", "global_disable_no_log_param",
        "enable_model_config_credential_overrides", "use_aiohttp_transport",
        "disable_default_user_agent", "always_include_stream_usage", "global_prompt_directory",
        "global_bitbucket_config", "global_gitlab_config",
    ]),
];

pub static GENERAL: &[Ignored] = &[
    ignored(DATABASE, &[
        "database_url", "database_connection_pool_limit", "database_connection_timeout",
        "database_connection_pool_timeout", "database_type", "allow_requests_on_db_unavailable",
        "disable_spend_logs", "disable_spend_updates", "disable_reset_budget",
        "disable_adding_master_key_hash_to_db", "disable_error_logs",
        "disable_prisma_schema_update", "store_model_in_db", "store_prompts_in_spend_logs",
        "supported_db_objects", "maximum_spend_logs_retention_period",
        "maximum_spend_logs_retention_interval", "maximum_spend_logs_cleanup_cron",
        "proxy_budget_rescheduler_min_time", "proxy_budget_rescheduler_max_time",
        "proxy_batch_write_at", "proxy_batch_polling_interval", "use_redis_transaction_buffer",
        "spend_report_frequency", "user_api_key_cache_ttl", "max_budget", "budget_duration",
        "default_team_disabled", "custom_key_generate", "reject_clientside_metadata_tags",
        "service_account_settings", "enforced_params", "max_string_length_prompt_in_db",
        "disable_master_key_return", "enforce_user_param", "user_header_name",
        "user_header_mappings", "custom_team_metadata_validate", "team_metadata_validation_timeout",
        "team_metadata_validation_error_message",
    ]),
    ignored(AUTH, &[
        "custom_auth", "custom_auth_settings", "custom_auth_run_common_checks", "enable_jwt_auth",
        "litellm_jwtauth", "enable_oauth2_auth", "enable_oauth2_proxy_auth",
        "oauth2_config_mappings", "allow_user_auth", "litellm_key_header_name", "custom_sso",
        "allowed_ips", "use_x_forwarded_for", "mcp_internal_ip_ranges", "mcp_trusted_proxy_ranges",
        "allowed_routes", "admin_only_routes", "public_routes", "allow_client_side_credentials",
        "infer_model_from_keys", "disable_responses_id_security", "role_mappings",
    ]),
    ignored(SECRETS, &[
        "key_management_system", "key_management_settings", "use_azure_key_vault", "use_google_kms",
        "use_aws_kms",
    ]),
    ignored(HEALTH, &[
        "background_health_checks", "health_check_interval", "health_check_details",
        "health_check_concurrency", "use_shared_health_check", "health_check_max_tokens",
        "enable_health_check_routing", "health_check_staleness_threshold",
        "health_check_ignore_transient_errors", "health_check_temperature",
    ]),
    ignored(CALLBACKS, &[
        "alerting", "alerting_threshold", "alert_types", "alerting_args", "alert_to_webhook_url",
        "callbacks", "global_disable_no_log_param", "always_include_stream_usage", "otel",
    ]),
    ignored(LIMITS, &[
        "max_parallel_requests", "global_max_parallel_requests",
        "disable_retry_on_max_parallel_request_limit_error", "token_rate_limit_type",
    ]),
    ignored(OTHER_APIS, &[
        "pass_through_endpoints", "use_client_credentials_pass_through_routes",
        "image_generation_model", "moderation_model", "embedding_model", "user_mcp_management_mode",
        "mcp_client_side_auth_header_name", "search_tools", "forward_llm_provider_auth_headers",
    ]),
    ignored("a request must name its model", &["completion_model"]),
    ignored("an answer has no limit but that of its events", &["max_response_size_mb"]),
    ignored(UI, &[
        "ui_access_mode", "ui_theme_config", "admin_ui_disabled", "litellm_license",
        "server_root_path",
    ]),
    ignored("the headers of the client are passed on, less credentials", &[
        "forward_openai_org_id", "add_user_information_to_llm_headers",
        "forward_client_headers_to_model_groups",
    ]),
    ignored("use `server`", &[
        "host", "port", "proxy_port", "num_workers", "ssl_keyfile_path", "ssl_certfile_path",
    ]),
    ignored(REDIS, &["redis_host", "redis_port", "redis_password", "enable_redis_auth_cache", "coordination_redis"]),
    ignored(DEBUG, &["set_verbose", "json_logs"]),
    ignored(INTERNAL, &["pass_through_request_timeout"]),
];
