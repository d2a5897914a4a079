{{/* The variables that the chart sets itself, which `env` and `extraEnv` may not have, and what to do instead. */}}
{{- define "lts-gateway.ownVariables" -}}
NODE_ENV: the chart always sets production
PORT: set the value port instead
ADMIN_PORT: set the value adminPort instead
LTS_REGION: set the value ltsRegion instead
LTS_ENDPOINT: set the value ltsEndpoint instead
LTS_TIMEOUT_MS: set the value ltsTimeoutMs instead
SHUTDOWN_DELAY_MS: set the value shutdownDelayMs instead
RATE_LIMIT_URL: set the values rateLimitUrlSecret or valkey instead
TRUSTED_DOCUMENTS: set the values trustedDocuments instead
OTEL_EXPORTER_OTLP_ENDPOINT: set the value otel.endpoint instead
OTEL_SERVICE_NAME: set the value otel.serviceName instead
{{- end -}}

{{/* A setting as text. YAML's numbers come as floats, which would be printed as 1e+06. */}}
{{- define "lts-gateway.settingText" -}}
{{- if kindIs "slice" . -}}
{{- $texts := list -}}
{{- range . -}}{{- $texts = append $texts (include "lts-gateway.settingText" .) -}}{{- end -}}
{{- join "," $texts -}}
{{- else if and (kindIs "float64" .) (eq (float64 (int64 .)) .) -}}{{ int64 . }}
{{- else -}}{{ . }}
{{- end -}}
{{- end -}}

{{/* The environment variables of the gateway. Every value is a string. A setting that is off has no variable. */}}
{{- define "lts-gateway.env" -}}
- name: NODE_ENV
  value: production
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
- name: SHUTDOWN_DELAY_MS
  value: {{ int .Values.shutdownDelayMs | quote }}
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
{{- range $name, $value := .Values.env }}
{{- if not (kindIs "invalid" $value) }}
- name: {{ $name | quote }}
  value: {{ include "lts-gateway.settingText" $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
