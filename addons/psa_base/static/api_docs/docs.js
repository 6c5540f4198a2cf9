// The viewer of the API's document. The key that a reader types is kept in this page's memory and nowhere else.
window.SwaggerUIBundle({
    dom_id: "#docs",
    url: "openapi.json",
    deepLinking: true,
    displayRequestDuration: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    defaultModelExpandDepth: 3,
    persistAuthorization: false,
    tryItOutEnabled: true,
    // no foreign service is asked whether the document is good
    validatorUrl: null,
    requestInterceptor: (request) => {
        // the key says who asks: a session of the same browser has no part in it
        request.credentials = "omit";
        return request;
    },
});
