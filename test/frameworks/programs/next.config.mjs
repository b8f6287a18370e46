export default {
  outputFileTracingRoot: import.meta.dirname,
  ...(process.env.STANDALONE && {
    output: "standalone",
    outputFileTracingIncludes: {
      "/classify": [
        "./node_modules/nearlabel/{package.json,models/**,native/**,dist/bundle/preprocess-worker.js}",
        "./node_modules/@huggingface/tokenizers/**",
      ],
    },
  }),
};
