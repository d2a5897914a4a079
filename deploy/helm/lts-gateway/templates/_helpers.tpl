{{- define "lts-gateway.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 56 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 56 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 56 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "lts-gateway.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: {{ .Chart.Name }}
{{- end -}}

{{- define "lts-gateway.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "lts-gateway.valkeySelector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}-valkey
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "lts-gateway.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* The longest time that a pod needs to end, in seconds: `main.ts` allows shutdownDelayMs + ltsTimeoutMs + 5 s after SIGTERM. */}}
{{- define "lts-gateway.gracePeriodSeconds" -}}
{{- $drainMs := add (int .Values.shutdownDelayMs) (int .Values.ltsTimeoutMs) 5000 -}}
{{- add (int .Values.preStopSeconds) (div (add $drainMs 999) 1000) (int .Values.graceMarginSeconds) -}}
{{- end -}}

{{/* The security context of every container of the chart. */}}
{{- define "lts-gateway.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* TCP port of an http(s) URL. Takes `dict "url" … "default" …`. */}}
{{- define "lts-gateway.portOf" -}}
{{- $port := regexFind ":[0-9]+$" (urlParse .url).host -}}
{{- if $port -}}{{ trimPrefix ":" $port }}{{- else -}}{{ .default }}{{- end -}}
{{- end -}}

{{/* Name of the ConfigMap with trusted documents. Empty if there are none. */}}
{{- define "lts-gateway.trustedDocumentsConfigMap" -}}
{{- with .Values.trustedDocuments -}}
{{- if .existingConfigMap -}}
{{ .existingConfigMap }}
{{- else if .json -}}
{{ include "lts-gateway.fullname" $ }}-trusted-documents
{{- end -}}
{{- end -}}
{{- end -}}
