from . import client_documents
