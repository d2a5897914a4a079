{{/* The variables that the chart can set, which `extraEnv` may not have, and what to do instead. */}}
{{- define "lts-gateway.ownVariables" -}}
NODE_ENV: the chart always sets production
HOST: set the value host instead
PORT: set the value port instead
ADMIN_PORT: set the value adminPort instead
LTS_REGION: set the value ltsRegion instead
LTS_ENDPOINT: set the value ltsEndpoint instead
LTS_TIMEOUT_MS: set the value ltsTimeoutMs instead
LTS_MAX_REPLY_BYTES: set the value ltsMaxReplyBytes instead
SHUTDOWN_DELAY_MS: set the value shutdownDelayMs instead
CORS_ORIGINS: set the value corsOrigins instead
RATE_LIMIT: set the value rateLimit instead
RATE_LIMIT_ADDRESS: set the value rateLimitAddress instead
TRUSTED_PROXIES: set the value trustedProxies instead
RATE_LIMIT_URL: set the values rateLimitUrlSecret or valkey instead
INTROSPECTION: set the value introspection instead
AUDIT_READS: set the value auditReads instead
EXPLORER: set the value explorer instead
LOG_LEVEL: set the value logLevel instead
TRUSTED_DOCUMENTS: set the values trustedDocuments instead
OTEL_EXPORTER_OTLP_ENDPOINT: set the value otel.endpoint instead
OTEL_SERVICE_NAME: set the value otel.serviceName instead
{{- end -}}

{{/* The environment variables of the gateway. Every value is a string. A setting that is off has no variable. */}}
{{- define "lts-gateway.env" -}}
- name: NODE_ENV
  value: production
- name: HOST
  value: {{ .Values.host | quote }}
- name: PORT
  value: {{ int .Values.port | quote }}
{{- if .Values.adminPort }}
- name: ADMIN_PORT
  value: {{ int .Values.adminPort | quote }}
{{- end }}
{{- if .Values.ltsRegion }}
- name: LTS_REGION
  value: {{ .Values.ltsRegion | quote }}
{{- else }}
- name: LTS_ENDPOINT
  value: {{ .Values.ltsEndpoint | quote }}
{{- end }}
- name: LTS_TIMEOUT_MS
  value: {{ int .Values.ltsTimeoutMs | quote }}
{{- with .Values.ltsMaxReplyBytes }}
- name: LTS_MAX_REPLY_BYTES
  value: {{ int . | quote }}
{{- end }}
- name: SHUTDOWN_DELAY_MS
  value: {{ int .Values.shutdownDelayMs | quote }}
{{- with .Values.corsOrigins }}
- name: CORS_ORIGINS
  value: {{ join "," . | quote }}
{{- end }}
- name: RATE_LIMIT
  value: {{ int .Values.rateLimit | quote }}
{{- if not (kindIs "invalid" .Values.rateLimitAddress) }}
- name: RATE_LIMIT_ADDRESS
  value: {{ int .Values.rateLimitAddress | quote }}
{{- end }}
- name: TRUSTED_PROXIES
  value: {{ join "," .Values.trustedProxies | default "none" | quote }}
{{- if .Values.valkey.enabled }}
- name: RATE_LIMIT_URL
  value: redis://{{ include "lts-gateway.fullname" . }}-valkey:6379
{{- else if .Values.rateLimitUrlSecret.name }}
# From a Secret: the URL may contain a password.
- name: RATE_LIMIT_URL
  valueFrom:
    secretKeyRef:
      name: {{ .Values.rateLimitUrlSecret.name }}
      key: {{ .Values.rateLimitUrlSecret.key }}
{{- end }}
- name: INTROSPECTION
  value: {{ .Values.introspection | quote }}
- name: AUDIT_READS
  value: {{ .Values.auditReads | quote }}
- name: EXPLORER
  value: {{ .Values.explorer | quote }}
- name: LOG_LEVEL
  value: {{ .Values.logLevel }}
{{- if include "lts-gateway.trustedDocumentsConfigMap" . }}
- name: TRUSTED_DOCUMENTS
  value: /etc/lts-gateway/{{ .Values.trustedDocuments.key }}
{{- end }}
{{- if .Values.otel.endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .Values.otel.endpoint | quote }}
- name: OTEL_SERVICE_NAME
  value: {{ .Values.otel.serviceName | quote }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
