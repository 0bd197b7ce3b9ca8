// SPDX-License-Identifier: Apache-2.0
/* global SwaggerUIBundle */
SwaggerUIBundle({ url: "openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null });
