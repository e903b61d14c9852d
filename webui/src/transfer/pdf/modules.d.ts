declare module 'pdfkit' {
  const PdfKit: new (options: object) => import('./pdfkit.ts').PdfDocument;
  export default PdfKit;
}
