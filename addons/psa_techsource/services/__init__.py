from .api import client_documents
